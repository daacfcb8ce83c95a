// A run on WebGPU from the command line, killed and resumed.
import { describeKilled } from '../../../helpers/killed.ts';
import { webgpuCase } from '../../../helpers/webgpu.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.batch_size=8', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=8'];
describeKilled(webgpuCase, { settings: [...small, 'train.save_freq=10', 'train.eval_test_freq=0'], at: 15, total: 80 });
