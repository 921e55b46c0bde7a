// Writes docs/settings.md and .env.example from the settings classes. With --check it only says whether they are true.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'src', 'infrastructure', 'config');

/** Sections in the order of SETTINGS_SECTIONS, which says what the service reads. */
function sections() {
  const source = parse('settings.ts');
  const fileOf = new Map();
  let names = [];
  source.forEachChild((node) => {
    if (ts.isImportDeclaration(node)) {
      for (const { name } of node.importClause?.namedBindings?.elements ?? [])
        fileOf.set(name.text, node.moduleSpecifier.text);
    }
    for (const { name, initializer } of node.declarationList?.declarations ?? []) {
      if (name.text === 'SETTINGS_SECTIONS') names = unwrap(initializer).elements.map(({ text }) => text);
    }
  });
  return names.map((name) => section(name, fileOf.get(name).replace(/^\.\//, '').replace(/\.js$/, '.ts')));
}

function parse(file) {
  return ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true);
}

function unwrap(node) {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? unwrap(node.expression) : node;
}

function section(name, file) {
  const declaration = parse(file).statements.find((node) => ts.isClassDeclaration(node) && node.name.text === name);
  const fields = declaration.members.filter(ts.isPropertyDeclaration).map(field).filter(Boolean);
  return { title: name.replace(/Settings$/, ''), about: doc(declaration), fields };
}

function field(member) {
  const calls = (ts.getDecorators(member) ?? []).map(({ expression }) => expression).filter(ts.isCallExpression);
  const argument = (decorator) => calls.find(({ expression }) => expression.text === decorator)?.arguments;
  const env = argument('Env');
  if (env === undefined) return undefined;
  return {
    variable: env[0].text,
    isSecret: env[1]?.getText().includes('secret: true') ?? false,
    about: doc(member),
    bounds: [argument('Min')?.[0], argument('Max')?.[0]].map((bound) => bound?.getText().replaceAll('_', '')),
    value: member.initializer && literal(unwrap(member.initializer)),
  };
}

function literal(node) {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return 'on';
  if (node.kind === ts.SyntaxKind.FalseKeyword) return 'off';
  return ts.isStringLiteralLike(node) ? node.text : node.getText().replaceAll('_', '');
}

function doc(node) {
  const comment = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc)?.comment;
  if (!comment) throw new Error(`${node.name.getText()} has no doc comment, which is its documentation.`);
  return ts.getTextOfJSDocComment(comment).replaceAll(/\s+/g, ' ');
}

function row({ variable, isSecret, about, bounds: [min, max], value }) {
  const range = min === undefined && max === undefined ? '' : ` From ${min ?? '…'} to ${max ?? '…'}.`;
  const file = isSecret ? ` Secret: never shown, may be given as \`${variable}_FILE\`.` : '';
  return `| \`${variable}\` | ${value ? `\`${value}\`` : 'unset'} | ${about.replaceAll('|', '\\|')}${range}${file} |`;
}

function settingsPage(all) {
  const parts = all.map(({ title, about, fields }) =>
    [
      `## ${title}`,
      '',
      about,
      '',
      '| variable | default | what it does |',
      '|---|---|---|',
      ...fields.map(row),
      '',
    ].join('\n'),
  );
  return `# Settings

Read from \`.env\` of the working directory and from the environment, which wins. An empty variable counts as unset. A secret \`X\` may be given as \`X_FILE\`, the
path of a file that holds it. Switches take \`on\`, \`off\`, \`true\`, \`false\`, \`yes\`, \`no\`, \`1\`, \`0\`. Everything wrong is told at once, by name and without values, before
anything starts (exit code 64). This page is written by \`scripts/write-settings-doc.mjs\` from the classes in \`src/infrastructure/config\`.

${parts.join('\n')}`;
}

function example(all) {
  const parts = all.map(({ title, about, fields }) => {
    const lines = fields.flatMap(({ variable, about: text, value }) => [`# ${text}`, `#${variable}=${value ?? ''}`]);
    return [`# --- ${title}: ${about}`, ...lines, ''].join('\n');
  });
  return `# Copy to .env and uncomment what you change; docs/settings.md explains more.\n\n${parts.join('\n')}`;
}

const all = sections();
const pages = new Map([
  [join(root, 'docs', 'settings.md'), settingsPage(all)],
  [join(root, '.env.example'), example(all)],
]);
for (const [path, text] of pages) {
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
  } else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${path} is not what the settings classes say: run node scripts/write-settings-doc.mjs\n`);
    process.exitCode = 1;
  }
}
