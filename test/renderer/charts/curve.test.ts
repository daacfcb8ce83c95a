// Labels at the ends of curves, which do not touch; what keys make of the axis that charts share.
import { expect, test } from 'vitest';
import { axisAfterKey, spreadLabels, type LinkedAxis } from '../../../src-renderer/charts/curve.ts';

test('labels keep their order and a line of room, within the plot', () => {
  expect(spreadLabels([50, 52, 10], { room: 14, top: 0, bottom: 100 })).toEqual([50, 64, 10]);
  expect(spreadLabels([99, 98], { room: 14, top: 0, bottom: 100 })).toEqual([100, 86]);
  expect(spreadLabels([], { room: 14, top: 0, bottom: 100 })).toEqual([]);
});

const whole: [number, number] = [0, 1000];
const xs = Float64Array.from({ length: 101 }, (_, index) => 10 * index);
const none: LinkedAxis = { from: null, to: null, at: null };
/** The axis after some keys; "S+" before a key is Shift. */
const after = (keys: string[], axis = none, points = xs) => keys.reduce((now, key) => axisAfterKey({ key: key.replace('S+', ''), shiftKey: key.startsWith('S+') }, { axis: now, whole, xs: points }) ?? now, axis);

test('arrows move the crosshair from point to point, and in leaps where points are close; Home and End to the ends', () => {
  expect(after(['ArrowLeft']).at).toBe(1000);
  expect(after(['ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowRight']).at).toBe(990);
  expect(after(['Home', 'ArrowLeft', 'ArrowRight']).at).toBe(10);
  expect(after(['End', 'ArrowRight']).at).toBe(1000);
  expect(after(['Home', 'ArrowRight'], none, Float64Array.from({ length: 10_001 }, (_, index) => index / 10)).at).toBe(5);
});

test('+ and − zoom around the crosshair, Shift and arrows pan, never beyond the ends; 0 and Escape show everything', () => {
  expect(after(['+'], { ...none, at: 300 })).toEqual({ from: 50, to: 550, at: 300 });
  expect(after(['+', '-'], { ...none, at: 300 })).toEqual({ from: null, to: null, at: 300 });
  expect(after(['+', 'S+ArrowRight'], { ...none, at: 300 })).toMatchObject({ from: 112.5, to: 612.5 });
  expect(after(['End', '+', 'S+ArrowRight'])).toEqual({ from: 500, to: 1000, at: 1000 });
  expect(after(['Home', '+', 'ArrowLeft'])).toEqual({ from: 0, to: 500, at: 0 });
  for (const key of ['0', 'Escape']) expect(after([key], { from: 100, to: 200, at: 150 })).toEqual({ from: null, to: null, at: 150 });
  expect([axisAfterKey({ key: 'Escape', shiftKey: false }, { axis: none, whole, xs }), axisAfterKey({ key: 'x', shiftKey: false }, { axis: none, whole, xs })]).toEqual([null, null]); // for others
});
