// A run on TensorFlow from the command line, killed and resumed.
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeKilled } from '../../../helpers/killed.ts';
import { tensorflowCase, tensorflowFolder } from '../../../helpers/tensorflow.ts';

describeKilled(tensorflowCase, {
  settings: ['train.save_freq=20', 'train.eval_test_freq=100'], at: 30, total: 200,
  prepare: (lab) => symlinkSync(dirname(tensorflowFolder), join(lab.home, 'engines')),
});
