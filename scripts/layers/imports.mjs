/** What a module imports, and in which way. */
import ts from 'typescript';

/**
 * - `eager`: loaded together with the module;
 * - `lazy`: a `require()` or `import()` inside a function, loaded by the first call;
 * - `type`: erased by the compiler.
 * @typedef {'eager' | 'lazy' | 'type'} Kind
 * @typedef {{ specifier: string, kind: Kind, line: number }} Import
 */

/**
 * @param {string} text the source of a module, TypeScript or JavaScript
 * @param {string} [name] its file name, for the syntax that its extension allows
 * @returns {Import[]} in the order of the source
 */
export function importsOf(text, name = 'module.ts') {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, specifier, kind) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push({ specifier, kind, line: line + 1 });
  };
  const visit = (node, inFunction) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier.text, kindOfClause(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier.text, node.isTypeOnly || namesOnlyTypes(node.exportClause) ? 'type' : 'eager');
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node, node.moduleReference.expression.text, node.isTypeOnly ? 'type' : 'eager');
    } else if (ts.isImportTypeNode(node)) add(node, node.argument.literal.text, 'type');
    else if (isLoad(node)) add(node, node.arguments[0].text, inFunction ? 'lazy' : 'eager');
    const deeper = inFunction || ts.isFunctionLike(node);
    ts.forEachChild(node, (child) => visit(child, deeper));
  };
  visit(source, false);
  return found;
}

/** `require('…')` or `import('…')`. */
function isLoad(node) {
  if (!ts.isCallExpression(node) || node.arguments.length !== 1 || !ts.isStringLiteralLike(node.arguments[0])) {
    return false;
  }
  const { expression } = node;
  return (
    expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === 'require')
  );
}

function kindOfClause(clause) {
  if (clause === undefined) return 'eager';
  if (clause.isTypeOnly) return 'type';
  return clause.name === undefined && namesOnlyTypes(clause.namedBindings) ? 'type' : 'eager';
}

/** `{ type A, type B }`: the compiler erases it as a whole. */
function namesOnlyTypes(names) {
  return names?.elements !== undefined && names.elements.length > 0 && names.elements.every((name) => name.isTypeOnly);
}
