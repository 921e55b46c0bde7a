/** The hexagon as rules: arrows point inward, drivers never meet adapters, capabilities never meet each other. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const anyPackage = { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] };
const wiring = '(\\.module|/bind)\\.ts$';

module.exports = {
  forbidden: [
    forbid('domain-is-pure', 'The domain imports nothing but itself: no packages, no outer ring.',
      { path: '^src/domain/' }, { pathNot: '^src/domain/|^(node:)?(crypto|util|buffer)$' }),
    forbid('domain-logic-knows-no-ports', 'Pure rules take and return values; only handlers hold ports.',
      { path: '^src/domain/(?!ports/)' }, { path: '^src/domain/ports/' }),
    forbid('application-only-inward', 'Handlers know the domain and the bus, nothing else.',
      { path: '^src/application/' }, { path: '^src/(infrastructure|interfaces)/' }),
    forbid('application-one-package', '@nestjs/cqrs is the only package a handler may import.',
      { path: '^src/application/', pathNot: wiring }, { ...anyPackage, pathNot: 'node_modules/@nestjs/cqrs/' }),
    forbid('infrastructure-only-domain', 'Adapters implement ports; they know no handler and no driver.',
      { path: '^src/infrastructure/' }, { path: '^src/(application|interfaces)/' }),
    forbid('adapters-know-no-nest', 'Adapters are plain classes; Nest appears in *.module.ts and bind.ts only.',
      { path: '^src/infrastructure/', pathNot: wiring }, { path: 'node_modules/@nestjs/' }),
    forbid('adapters-stand-alone', 'One technology folder never imports another; settings and the engine frame are shared.',
      { path: '^src/infrastructure/([^/]+)/', pathNot: wiring },
      { path: '^src/infrastructure/', pathNot: '^src/infrastructure/($1|config)/|^src/infrastructure/embedded/engines\\.ts$' }),
    forbid('drivers-go-through-the-bus', 'Controllers and CLI dispatch messages; they see neither adapters nor ports.',
      { path: '^src/interfaces/', pathNot: wiring }, { path: '^src/(infrastructure|domain/ports)/' }),
    forbid('http-and-cli-apart', 'Drivers do not import each other; what draws on terminals is shared.',
      { path: '^src/interfaces/([^/]+)/', pathNot: wiring }, { path: '^src/interfaces/', pathNot: '^src/interfaces/($1|terminal)/' }),
    forbid('capabilities-apart', 'A capability never imports a sibling; what two need moves to a folder "shared".',
      { path: '^src/(domain|application)/([^/]+)/.', pathNot: '^src/domain/(ports|shared)/' },
      { path: '^src/$1/[^/]+/', pathNot: '^src/($1/$2|$1/shared|domain/ports)/' }),
    forbid('no-cycles', 'Under ESM with decorator metadata a cycle is a crash at import time.', {}, { circular: true }),
    forbid('no-barrels', 'Import the file that defines the thing.', { path: '^src/' }, { path: '^src/.*/index\\.ts$' }),
    forbid('no-tests-in-src', 'Production code never imports test code.', { path: '^src/' }, { path: '^test/|\\.spec\\.ts$' }),
    forbid('no-dev-dependencies', 'What ships is in dependencies.',
      { path: '^src/' }, { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] }),
    forbid('no-unresolvable', 'Every import resolves.', {}, { couldNotResolve: true }),
    forbid('no-orphans', 'A file nobody imports is dead, or is an entry point named here.',
      { orphan: true, path: '^src/', pathNot: '^src/(main|cli)\\.ts$|/embedded/[^/]+/main\\.ts$|\\.d\\.ts$' }, {}),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // type-only imports count: a type is knowledge too
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
