/** A contender's process: calls what its parent asks for, one function after the other. See contender.mjs. */
process.on('message', async ({ module, name, args }) => {
  const functions = await import(new URL(`../${module}`, import.meta.url));
  process.send(await functions[name](...args));
});
process.on('disconnect', () => process.exit());
