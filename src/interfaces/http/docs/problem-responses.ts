import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../../../domain/errors.js';
import { ACCESS_EXTENSION } from '../access/scope.js';
import { type Problem, statusOf, titleOf } from '../problem.js';
import {
  isRegistryUrl,
  REGISTRY_TYPE,
  type RegistryProblem,
  registryNumberOf,
  registryStatusOf,
} from '../registry-problem.js';
import { PROBLEMS_EXTENSION } from './api-problems.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type SchemaObject = Exclude<Schemas[string], { $ref: string }>;
type Responses = Record<string, unknown>;

interface Operation {
  responses?: Responses;
  parameters?: readonly unknown[];
  requestBody?: unknown;
  security?: unknown;
  [ACCESS_EXTENSION]?: { readonly access: string } | string;
  [PROBLEMS_EXTENSION]?: { readonly codes: readonly ErrorCode[] };
}

const OF_ALL: readonly ErrorCode[] = ['host.refused', 'service.stopping', 'internal.defect'];
const OF_KEYED: readonly ErrorCode[] = ['key.missing', 'key.refused', 'scope.missing', 'request.rate-limited'];
const OF_PARAMETERS: readonly ErrorCode[] = ['request.invalid'];
const OF_BODIES: readonly ErrorCode[] = [
  'request.malformed',
  'request.invalid',
  'request.too-large',
  'request.unsupported-media',
];

const text: SchemaObject = { type: 'string' };

const PROBLEM_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'What went wrong, after RFC 9457. `code` is stable; docs/errors.md explains each.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { ...text, format: 'uri' },
    title: text,
    status: { type: 'integer' },
    detail: text,
    instance: { ...text, description: 'The path that was asked for.' },
    code: text,
    requestId: { ...text, description: 'Stands in every log line of the request.' },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['path', 'message'], properties: { path: text, message: text } },
    },
  },
};

const REGISTRY_PROBLEM_SCHEMA: SchemaObject = {
  type: 'object',
  description: "What went wrong, as Confluent's schema registry tells it: an HTTP status, or one with two digits more.",
  required: ['error_code', 'message'],
  properties: { error_code: { type: 'integer' }, message: text },
};

/** Writes out the errors of every route, so that no controller has to repeat them. */
export function completeProblems(document: OpenAPIObject): OpenAPIObject {
  document.components = { ...document.components };
  document.components.schemas = {
    ...document.components.schemas,
    Problem: PROBLEM_SCHEMA,
    RegistryProblem: REGISTRY_PROBLEM_SCHEMA,
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item)) {
      if (typeof operation === 'object' && operation !== null && 'responses' in operation)
        complete(operation as Operation, path);
    }
  }
  return document;
}

function complete(operation: Operation, path: string): void {
  const access = operation[ACCESS_EXTENSION];
  const isPublic = typeof access === 'object' && access.access === 'public';
  const codes = codesOf(operation, isPublic);
  if (isPublic) operation.security = [];
  if (typeof access === 'object') operation[ACCESS_EXTENSION] = access.access;
  delete operation[PROBLEMS_EXTENSION];
  const responses = (operation.responses ??= {});
  const statusIn = isRegistryUrl(path) ? registryStatusOf : statusOf;
  for (const status of new Set(codes.map(statusIn))) {
    const group = codes.filter((code) => statusIn(code) === status);
    addResponse(responses, status, group, path);
  }
}

function codesOf(operation: Operation, isPublic: boolean): ErrorCode[] {
  const codes = [
    ...(operation[PROBLEMS_EXTENSION]?.codes ?? []),
    ...(isPublic ? [] : OF_KEYED),
    ...(operation.parameters?.length ? OF_PARAMETERS : []),
    ...(operation.requestBody === undefined ? [] : OF_BODIES),
    ...OF_ALL,
  ];
  return [...new Set(codes)];
}

function addResponse(responses: Responses, status: number, codes: readonly ErrorCode[], path: string): void {
  responses[status] ??= {
    description: `${[...new Set(codes.map(titleOf))].join('; ')} (${codes.map((code) => `\`${code}\``).join(', ')})`,
    content: isRegistryUrl(path)
      ? { [REGISTRY_TYPE]: exampleContent('RegistryProblem', codes, registryExample) }
      : { 'application/problem+json': exampleContent('Problem', codes, (code) => example(code, path)) },
  };
}

function exampleContent(name: string, codes: readonly ErrorCode[], exampleOf: (code: ErrorCode) => object): object {
  return {
    schema: { $ref: `#/components/schemas/${name}` },
    examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
  };
}

function registryExample(code: ErrorCode): RegistryProblem {
  return { error_code: registryNumberOf(code), message: 'What it was this time, in words.' };
}

function example(code: ErrorCode, path: string): Problem {
  return {
    type: `urn:penstock:error:${code}`,
    title: titleOf(code),
    status: statusOf(code),
    detail: 'What it was this time, in words.',
    instance: path,
    code,
    requestId: '0b6f1c1e-6a0e-4a55-9a39-6e4f3c1f7c2d',
    ...(code === 'request.invalid' && { errors: [{ path: 'streamName', message: 'streamName must be a string' }] }),
  };
}
