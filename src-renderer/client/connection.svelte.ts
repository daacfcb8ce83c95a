// Whether the core answers.
export const connection = $state({ lost: false });
