// Cuts what is drawn to the rectangle of an axis, where the figure's limits leave data out. Points are x, y, x, y …

export type Rectangle = { left: number; top: number; right: number; bottom: number };
type Point = [number, number];

/** The part of a segment within the rectangle (Liang and Barsky 1984), or null where it misses it. */
function clipSegment([x0, y0]: Point, [x1, y1]: Point, { left, top, right, bottom }: Rectangle): [Point, Point] | null {
  const [dx, dy] = [x1 - x0, y1 - y0];
  let [from, to] = [0, 1];
  for (const [p, q] of [[-dx, x0 - left], [dx, right - x0], [-dy, y0 - top], [dy, bottom - y0]] as const) {
    if (p === 0 && q < 0) return null;
    if (p < 0) from = Math.max(from, q / p);
    if (p > 0) to = Math.min(to, q / p);
  }
  return from > to ? null : [[x0 + from * dx, y0 + from * dy], [x0 + to * dx, y0 + to * dy]];
}

const isInside = ([x, y]: Point, { left, top, right, bottom }: Rectangle): boolean => x >= left && x <= right && y >= top && y <= bottom;
const pointsOf = (flat: number[]): Point[] => Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] as number, flat[2 * index + 1] as number]);

/** The pieces of a line that lie within the rectangle. */
export function clipLine(points: number[], rectangle: Rectangle): number[][] {
  const all = pointsOf(points);
  if (all.every((point) => isInside(point, rectangle))) return [points];
  const pieces: number[][] = [];
  let last: Point | null = null; // where the current piece ends
  for (let at = 0; at + 1 < all.length; at += 1) {
    const part = clipSegment(all[at] as Point, all[at + 1] as Point, rectangle);
    if (part === null) { last = null; continue; }
    if (last === null || last[0] !== part[0][0] || last[1] !== part[0][1]) pieces.push([...part[0]]);
    pieces.at(-1)?.push(...part[1]);
    last = part[1];
  }
  return pieces;
}

/** A closed outline cut to the rectangle (Sutherland and Hodgman 1974); empty where nothing is left. */
export function clipOutline(points: number[], { left, top, right, bottom }: Rectangle): number[] {
  const sides: { inside: (point: Point) => boolean; cross: (a: Point, b: Point) => Point }[] = [
    ...([[left, 1], [right, -1]] as const).map(([edge, sign]) => ({ inside: ([x]: Point) => sign * (x - edge) >= 0, cross: ([ax, ay]: Point, [bx, by]: Point): Point => [edge, ay + ((edge - ax) / (bx - ax)) * (by - ay)] })),
    ...([[top, 1], [bottom, -1]] as const).map(([edge, sign]) => ({ inside: ([, y]: Point) => sign * (y - edge) >= 0, cross: ([ax, ay]: Point, [bx, by]: Point): Point => [ax + ((edge - ay) / (by - ay)) * (bx - ax), edge] })),
  ];
  const cut = sides.reduce((outline, { inside, cross }) => outline.flatMap((point, index) => {
    const before = outline[(index + outline.length - 1) % outline.length] as Point;
    const [now, was] = [inside(point), inside(before)];
    return [...(now !== was ? [cross(before, point)] : []), ...(now ? [point] : [])];
  }), pointsOf(points));
  return cut.flat();
}
