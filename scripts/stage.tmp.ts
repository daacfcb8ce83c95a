import { runTensorflowStage } from '/work/wt-install/scripts/engineStages.ts';
const c = runTensorflowStage(); console.log(JSON.stringify({p:c.passed,f:c.failedNames,s:c.skippedNames}));
