// Whether the core answers, and whether it still knows this page.
export const connection = $state({ lost: false, signedOut: false });
