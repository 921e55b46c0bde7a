import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AwsError } from '../aws/aws-error.js';
import { replaceFile } from '../kinesis/replace-file.js';
import type { LambdaLimits } from './limits.js';

/** What the owner of the runner says about its functions. */
export interface RunnerConfiguration {
  /** Folder whose modules, `<name>.mjs` or `<name>.js`, are the functions. */
  readonly directory: string;
  /** Variables every function finds in its environment, besides Lambda's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Longest time of one invocation; at most Lambda's 900. */
  readonly timeoutSeconds: number;
}

/** A function as it is now: another file time, or another configuration, is another function. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly modifiedAt: Date;
  readonly bytes: number;
  /** Equal for what an instance may be used for again. */
  readonly revision: string;
}

export const ACCOUNT = '000000000000';
const NAME = /^[a-zA-Z0-9-_]{1,64}$/;
const EXTENSIONS = ['.mjs', '.js'] as const;
/** From the environment of the service: what programs need to run at all, and nothing that may be secret. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];
const CONFIGURATION = 'configuration.json';

/** The functions: modules in a folder. */
export class FunctionCatalog {
  private constructor(
    private readonly dir: string,
    private readonly identity: Readonly<Record<string, string>>,
    private configuration: RunnerConfiguration | undefined,
    private readonly limits: LambdaLimits,
  ) {}

  /** @param identity `accessKeyId`, `secretAccessKey` and `region` of the endpoints beside this one */
  static async open(
    dir: string,
    identity: Readonly<Record<'accessKeyId' | 'secretAccessKey' | 'region', string>>,
    limits: LambdaLimits,
  ): Promise<FunctionCatalog> {
    const text = await readFile(join(dir, CONFIGURATION), 'utf8').catch(() => undefined);
    const configuration = text === undefined ? undefined : (JSON.parse(text) as RunnerConfiguration);
    return new FunctionCatalog(dir, identity, configuration, limits);
  }

  /** Holds from the next invocation on, and after the next start. */
  async configure(configuration: RunnerConfiguration): Promise<void> {
    await replaceFile(join(this.dir, CONFIGURATION), JSON.stringify(configuration), true);
    this.configuration = configuration;
  }

  /** @param given name, partial ARN or ARN, perhaps with a version behind it */
  async find(given: string): Promise<LambdaFunction> {
    const [name, qualifier] = nameOf(given);
    if (!NAME.test(name)) throw new AwsError('InvalidParameterValueException', 'This is no name of a function.');
    const found = qualifier === undefined || qualifier === '$LATEST' ? await this.load(name) : undefined;
    if (found !== undefined) return found;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${given}`, 404);
  }

  async list(): Promise<LambdaFunction[]> {
    const { directory } = this.configuration ?? {};
    if (directory === undefined) return [];
    const files = await readdir(directory).catch(() => []);
    const names = files.flatMap((file) => {
      const extension = EXTENSIONS.find((each) => file.endsWith(each));
      const name = extension && file.slice(0, -extension.length);
      return name !== undefined && NAME.test(name) ? [name] : [];
    });
    const found = await Promise.all([...new Set(names)].toSorted().map((name) => this.load(name)));
    return found.filter((each) => each !== undefined);
  }

  private async load(name: string): Promise<LambdaFunction | undefined> {
    const { configuration } = this;
    if (configuration === undefined) return undefined;
    const { directory, timeoutSeconds } = configuration;
    for (const extension of EXTENSIONS) {
      const path = resolve(directory, `${name}${extension}`);
      const file = await stat(path).catch(() => undefined);
      if (file?.isFile() !== true) continue;
      const environment = this.environmentOf(name, configuration);
      const revision = JSON.stringify([path, file.mtimeMs, file.size, environment, timeoutSeconds]);
      const arn = `arn:aws:lambda:${this.identity['region']}:${ACCOUNT}:function:${name}`;
      const bytes = file.size;
      return { name, arn, path, directory, environment, timeoutSeconds, modifiedAt: file.mtime, bytes, revision };
    }
    return undefined;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
  private environmentOf(name: string, { environment, directory }: RunnerConfiguration): Record<string, string> {
    const inherited = INHERITED.flatMap((key) => {
      const value = process.env[key];
      return value === undefined ? [] : [[key, value] as const];
    });
    const { accessKeyId = '', secretAccessKey = '', region = '' } = this.identity;
    return {
      ...Object.fromEntries(inherited),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...environment,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(this.limits.memoryMegabytes),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'penstock/[$LATEST]',
      LAMBDA_TASK_ROOT: directory,
      _HANDLER: `${name}.handler`,
    };
  }
}

/** `name`, `name:qualifier`, `account:function:name` or `arn:aws:lambda:region:account:function:name[:qualifier]`. */
function nameOf(given: string): [name: string, qualifier: string | undefined] {
  const parts = given.split(':');
  const at = parts.indexOf('function');
  const [name = '', qualifier] = at < 0 ? parts : parts.slice(at + 1);
  return [name, qualifier];
}
