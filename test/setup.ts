/**
 * jest gives each test file a realm of its own, whose Symbol lacks what Node 20 and 22 add to the main realm's: the disposal
 * symbols, which `using` needs. They are taken over from there.
 */
const MainSymbol = (Buffer.constructor as FunctionConstructor)('return Symbol')() as SymbolConstructor;
for (const name of ['dispose', 'asyncDispose'] as const) {
  if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { value: MainSymbol[name] });
}
