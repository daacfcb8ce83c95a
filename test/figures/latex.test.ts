// Titles and names in LaTeX: the product's own symbols, and nothing that a name could smuggle in.
import { expect, test } from 'vitest';
import { latexText, unsetInLatex } from '../../src-main/figures/latex.ts';

test('Greek letters, small digits and signs are mathematics that any LaTeX sets', () => {
  expect(latexText('β₁ of σ², lr 10⁻³ ± 2 × −1')).toBe('$\\beta_{1}$ of $\\sigma^{2}$, lr 10$^{-3}$ $\\pm$ 2 $\\times$ $-$1');
  expect(latexText('αβ → γ')).toBe('$\\alpha\\beta$ $\\to$ $\\gamma$');
  expect(latexText('$β')).toBe('\\$$\\beta$');
});

test('what LaTeX takes for a command is text', () => {
  expect(latexText('50 % of a_b & \\input{x} $1$')).toBe('50 \\% of a\\_b \\& \\textbackslash{}input\\{x\\} \\$1\\$');
});

test('what pdflatex cannot set is a question mark, and is named', () => {
  expect(latexText('実験 Größe Łódź жук β')).toBe('?? Größe Łódź ??? $\\beta$');
  expect(unsetInLatex(['実験', 'Größe', 'жук', '実'])).toBe('実験жук');
  expect(latexText('\u001b\u0007a')).toBe('a'); // as in every format: what cannot be seen is left out
});
