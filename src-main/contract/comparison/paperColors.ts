// Colors of groups on white paper, as the figures and the export sheet have them (Okabe and Ito 2008, with purple and gray).
import { variantStyle, type ColorName, type RunGroup } from './groups.ts';

const paperColors: Record<ColorName, string> = { vsgd: '#D55E00', adam: '#0072B2', adamw: '#8A4FBE', sgd: '#009E73', 'extra-1': '#CC79A7', 'extra-2': '#E69F00', 'extra-3': '#999999', 'extra-4': '#F0E442' };

/** A group's color on white paper, as #RRGGBB; lighter for variants of it. */
export function paperColorOf({ color, variant }: Pick<RunGroup, 'color' | 'variant'>): string {
  const { lighten } = variantStyle(variant);
  const channel = (at: number): string => {
    const value = Number.parseInt(paperColors[color].slice(at, at + 2), 16);
    return Math.round(value + lighten * (255 - value)).toString(16).padStart(2, '0').toUpperCase();
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
