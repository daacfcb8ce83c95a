// What data sets take on disk, and what is left of a download that was given up.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { datasetDisk, discardDownload } from '#services';
import { createContext } from '../helpers/client.ts';

test('installed and unfinished bytes are counted; a discarded download is gone, others stay', () => {
  const { lab } = createContext();
  const { datasets, downloads } = lab.home;
  mkdirSync(join(datasets, 'mine'), { recursive: true });
  writeFileSync(join(datasets, 'mine', 'images.bin'), Buffer.alloc(1000));
  writeFileSync(join(downloads, 'cifar-10-binary.tar.gz.part'), Buffer.alloc(300));
  writeFileSync(join(downloads, 'cifar-10-binary.tar.gz.part.json'), '{}');
  writeFileSync(join(downloads, 'tiny-imagenet-200.zip.part'), Buffer.alloc(50));
  const { installed, unfinished, free, folder } = datasetDisk(lab);
  expect([installed, unfinished, free > 0, folder]).toEqual([1000, 352, true, datasets]);
  discardDownload(lab, 'cifar10');
  expect([datasetDisk(lab).unfinished, existsSync(join(downloads, 'tiny-imagenet-200.zip.part'))]).toEqual([50, true]);
  expect(() => discardDownload(lab, 'nothing')).toThrow(/no data set "nothing"/);
});
