// The Node that the packaged app brings for its trainers: Electron's own is switched off as a Node (fuse RunAsNode).
import { join } from 'node:path';

/** Tells the rest of the program, and its children, where that Node is and where it may write what it compiles. */
export function bringNode(resources: string, home: string): void {
  process.env.VSGD_LAB_NODE = join(resources, 'node', process.platform === 'win32' ? 'node.exe' : 'node');
  process.env.VSGD_LAB_CACHE ??= join(home, 'cache');
}
