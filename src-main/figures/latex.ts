// Text for LaTeX, such that pdflatex sets it with nothing loaded: its own characters escaped, Greek, raised and lowered signs as mathematics.
import { documentText } from '#contract';
import { isLowered, isRaised } from './fonts.ts';

const special: Record<string, string> = { '\\': '\\textbackslash{}', '{': '\\{', '}': '\\}', '#': '\\#', $: '\\$', '%': '\\%', '&': '\\&', _: '\\_', '^': '\\textasciicircum{}', '~': '\\textasciitilde{}' };
const letters: Record<string, string> = {
  α: 'alpha', β: 'beta', γ: 'gamma', δ: 'delta', ε: 'varepsilon', ζ: 'zeta', η: 'eta', θ: 'theta', ι: 'iota', κ: 'kappa', λ: 'lambda', μ: 'mu', ν: 'nu', ξ: 'xi', π: 'pi', ρ: 'rho', σ: 'sigma', τ: 'tau', υ: 'upsilon', φ: 'varphi', χ: 'chi', ψ: 'psi', ω: 'omega',
  Γ: 'Gamma', Δ: 'Delta', Θ: 'Theta', Λ: 'Lambda', Ξ: 'Xi', Π: 'Pi', Σ: 'Sigma', Φ: 'Phi', Ψ: 'Psi', Ω: 'Omega',
  µ: 'mu', '±': 'pm', '×': 'times', '·': 'cdot', '→': 'to', '←': 'gets', '⇒': 'Rightarrow', '≤': 'leq', '≥': 'geq', '≈': 'approx', '≠': 'neq', '∞': 'infty',
};

/** What a character is in mathematics; null where it is text. */
function mathOf(character: string): string | null {
  if (letters[character]) return `\\${letters[character]}`;
  if (character === '−') return '-';
  const sign = isRaised(character) ? '^' : isLowered(character) ? '_' : null;
  return sign && `${sign}{${character.normalize('NFKD').replace('−', '-')}}`;
}

/** Letters and signs that pdflatex knows without a package for their script: ASCII, Latin with accents, typographic signs. */
const isKnown = (character: string): boolean => /[\t\n -~\u00a1-\u017f\u2010-\u201e\u2020-\u2022\u2026\u2030\u20ac\u2122]/.test(character) && !/[\u00a2\u00a4\u00a5\u00a6\u00ad\u0138\u0149\u0166\u0167\u017f\u2012\u2015\u2016\u2017\u201b\u2021]/.test(character);

/** The characters of texts that pdflatex cannot set, each once; `latexText` puts a question mark in their place. */
export const unsetInLatex = (texts: string[]): string => [...new Set(texts.flatMap((text) => [...text]).filter((character) => mathOf(character) === null && !isKnown(character)))].join('');

/** Text as LaTeX sets it, nothing of it a command. What is mathematics side by side is one formula, so that β₁ has its digit at its letter. */
export function latexText(text: string): string {
  const pieces: { math: boolean; source: string }[] = [];
  for (const character of documentText(text)) {
    const math = mathOf(character);
    const last = pieces.at(-1);
    if (last && math !== null && last.math) last.source += math;
    else pieces.push({ math: math !== null, source: math ?? special[character] ?? (isKnown(character) ? character : '?') });
  }
  return pieces.map(({ math, source }) => (math ? `$${source.replaceAll('}^{', '').replaceAll('}_{', '')}$` : source)).join('');
}
