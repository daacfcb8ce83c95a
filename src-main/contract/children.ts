// How processes and threads of ours are started, so that nothing inherited from a changed prototype reaches them.

/** Flags of every Node that we start. Without `__proto__` no key of an input leads to a shared prototype. */
export const nodeFlags: readonly string[] = ['--disable-warning=ExperimentalWarning', '--disable-proto=delete'];

/** An environment without a prototype: Node copies inherited names into the environment of a child. */
export const childEnvironment = (...parts: Record<string, string | undefined>[]): Record<string, string | undefined> => Object.assign(Object.create(null), ...parts) as Record<string, string | undefined>;

/** Options without a prototype: Node reads `execArgv`, `env` and others of a worker's options through it. */
export const ownOptions = <T extends object>(options: T): T => Object.assign(Object.create(null), options) as T;
