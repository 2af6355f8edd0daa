// Parses files by the grammars of tree-sitter: node --liftoff-only parse.mjs GRAMMARS LANGUAGE FILE...
// Exits 1 if one does not parse, with the place. (--liftoff-only: optimising the grammars takes longer than parsing.)
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [grammars, language, ...files] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(grammars, 'package.json')));
const { Parser, Language } = await import(pathToFileURL(require.resolve('web-tree-sitter')));
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(
  join(grammars, 'node_modules/tree-sitter-wasms/out', `tree-sitter-${language}.wasm`)));

// The first place that is no part of the grammar, deepest first.
function fault(node) {
  for (const child of node.children) {
    if (!child.hasError && !child.isMissing) continue;
    return fault(child);
  }
  return node;
}

// That the comments are comments, and the declarations whole: what an app says has no word of its own in the code.
function words(node, out) {
  if (node.type.includes('comment') || node.type.includes('string')) return out;
  if (node.childCount === 0) out.push(node.text);
  for (const child of node.children) words(child, out);
  return out;
}

let failed = 0;
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const tree = parser.parse(text);
  if (tree.rootNode.hasError) {
    const at = fault(tree.rootNode);
    console.log(`${file}:${at.startPosition.row + 1}:${at.startPosition.column + 1}: does not parse: ${at.text.slice(0, 80)}`);
    failed = 1;
  } else if (words(tree.rootNode, []).includes('broken')) {
    console.log(`${file}: text of the app stands as code`);
    failed = 1;
  }
}
if (files.length === 0) {
  console.log('no files');
  failed = 1;
}
process.exit(failed);
