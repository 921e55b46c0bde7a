import { isAbsolute } from 'node:path';
import { AwsError } from '../aws/aws-error.js';
import type { RunnerConfiguration } from './function-catalog.js';
import type { LambdaLimits } from './limits.js';

/** @throws AwsError `InvalidParameterValueException` */
export function runnerConfiguration(body: Buffer, { timeoutSeconds: most }: LambdaLimits): RunnerConfiguration {
  const given = parse(body);
  const { directory, environment = {}, timeoutSeconds = most } = given;
  if (typeof directory !== 'string' || !isAbsolute(directory)) throw invalid('directory must be an absolute path.');
  if (!isTexts(environment)) throw invalid('environment must be an object of texts.');
  if (typeof timeoutSeconds !== 'number' || !(timeoutSeconds > 0 && timeoutSeconds <= most)) {
    throw invalid(`timeoutSeconds must be above 0, and at most ${most}.`);
  }
  return { directory, environment, timeoutSeconds };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(body.toString('utf8'));
    if (typeof given === 'object' && given !== null) return given as Record<string, unknown>;
  } catch {
    // Told below, in the same words.
  }
  throw invalid('The body must be a JSON object.');
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
