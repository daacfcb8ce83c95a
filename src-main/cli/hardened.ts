// Imported first by the command line: does at run time what --disable-proto=delete does, which a program started by npm cannot be given.
Reflect.deleteProperty(Object.prototype, '__proto__');
