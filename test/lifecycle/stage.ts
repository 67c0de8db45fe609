/** The child's side: `node stage.js THEME STAGE ARGUMENTS`. */
const [theme, name, ...args] = process.argv.slice(2) as [string, string, ...string[]];

const stages = require(`./stages/${theme}`) as Record<string, (...args: string[]) => unknown>;
const stage = stages[name];
if (stage === undefined) throw new Error(`${theme} has no stage ${name}`);
void stage(...args);
