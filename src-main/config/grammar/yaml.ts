// A configuration as YAML that PyYAML and OmegaConf read back as it is: YAML 1.1, in which 1e-7 is text and yes a truth value.
import { stringify, type ScalarTag } from 'yaml';
import type { ConfigTree } from '#contract';

/** A number as Python writes it; whole ones, of which nothing tells int from float, as integers. */
export function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e16)) return String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

const float: ScalarTag = { tag: 'tag:yaml.org,2002:float', default: true, identify: (value) => typeof value === 'number', test: /^$/, resolve: Number, stringify: ({ value }) => writeNumber(value as number) };

/** The configuration as YAML. */
export const toYaml = (config: ConfigTree): string => stringify(config, { lineWidth: 0, version: '1.1', customTags: (tags) => [float, ...tags] });
