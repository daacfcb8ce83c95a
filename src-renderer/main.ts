// The renderer's entry: styles, then the app.
import { mount } from 'svelte';
import '@fontsource-variable/inter/index.css';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { followDownloads } from './state/downloads.ts';
import { followJobs } from './state/jobs.svelte.ts';
import { followRuns } from './state/runs.svelte.ts';
import { applyTheme } from './state/theme.svelte.ts';

// Before anything is waited for: the page is never light for a moment to someone who chose dark.
applyTheme();

// Asked for before anything is drawn. Mostly the runs are there in a moment, and the first picture has them.
const longEnough = 100;
await Promise.race([followRuns(), new Promise((resolve) => { setTimeout(resolve, longEnough); })]);
followJobs();
followDownloads();

const target = document.getElementById('app');
if (target) mount(App, { target });
