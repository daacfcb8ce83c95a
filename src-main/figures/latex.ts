// Text for LaTeX, such that pdflatex sets it with nothing loaded: its own characters escaped, Greek, raised and lowered signs as mathematics.
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

/** Text as LaTeX sets it, nothing of it a command. What is mathematics side by side is one formula, so that β₁ has its digit at its letter. */
export function latexText(text: string): string {
  const pieces: { math: boolean; source: string }[] = [];
  for (const character of text) {
    const math = mathOf(character);
    const last = pieces.at(-1);
    if (last && math !== null && last.math) last.source += math;
    else pieces.push({ math: math !== null, source: math ?? special[character] ?? character });
  }
  return pieces.map(({ math, source }) => (math ? `$${source.replaceAll('}^{', '').replaceAll('}_{', '')}$` : source)).join('');
}
