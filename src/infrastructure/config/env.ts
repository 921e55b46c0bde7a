import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { validateSync } from 'class-validator';
import { type Fault, PenstockError } from '../../domain/errors.js';

/** How one field of a settings class is read from the environment. */
export interface EnvField {
  readonly property: string;
  readonly variable: string;
  /** Never shown, never logged; may also be given as `<variable>_FILE`, a path. */
  readonly secret: boolean;
}

export type SettingsSection = new () => object;
export type Environment = Readonly<Record<string, string | undefined>>;

const fieldsOf = new Map<object, EnvField[]>();

/** Names the variable a settings field is read from. The field's initialiser is the default, its doc comment the documentation. */
export function Env(variable: string, options: { secret?: boolean } = {}): PropertyDecorator {
  return (prototype, property) => {
    const fields = fieldsOf.get(prototype) ?? [];
    fields.push({ property: String(property), variable, secret: options.secret ?? false });
    fieldsOf.set(prototype, fields);
  };
}

/** The variables a settings class reads, in the order of its fields. */
export function envFields(section: SettingsSection): readonly EnvField[] {
  return fieldsOf.get(section.prototype as object) ?? [];
}

/**
 * Reads settings sections from the environment and validates them.
 *
 * @throws PenstockError `settings.invalid` with one fault per variable of any section, by name, without values
 */
export function readSettings<T extends readonly SettingsSection[]>(
  sections: T,
  env: Environment,
): { [K in keyof T]: InstanceType<T[K]> } {
  const faults: Fault[] = [];
  const settings = sections.map((section) => readSection(section, env, faults));
  if (faults.length > 0) {
    const names = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new PenstockError('settings.invalid', `The settings are not valid. ${names}`, { faults });
  }
  return settings as { [K in keyof T]: InstanceType<T[K]> };
}

function readSection(section: SettingsSection, env: Environment, faults: Fault[]): object {
  const settings = new section() as Record<string, unknown>;
  const variables = new Map<string, string>();
  for (const field of envFields(section)) {
    variables.set(field.property, field.variable);
    const text = readVariable(field, env, faults);
    if (text !== undefined) settings[field.property] = convert(section, field, text);
  }
  for (const { property, constraints } of validateSync(settings, { forbidUnknownValues: false })) {
    const variable = variables.get(property) ?? property;
    const message = Object.values(constraints ?? {})
      .map((text) => text.replaceAll(property, 'it'))
      .join(', ');
    faults.push({ path: variable, message });
  }
  return settings;
}

/** The text of a variable, or of the file that `<variable>_FILE` names where it is a secret; undefined: not set. */
export function readVariable(
  { variable, secret }: Omit<EnvField, 'property'>,
  env: Environment,
  faults: Fault[],
): string | undefined {
  const file = secret ? env[`${variable}_FILE`] : undefined;
  if (file) {
    try {
      return readFileSync(file, 'utf8').trimEnd();
    } catch {
      faults.push({ path: `${variable}_FILE`, message: 'names a file that cannot be read' });
      return undefined;
    }
  }
  // An empty variable means "not set": that is how compose files and .env files leave a setting out.
  return env[variable] || undefined;
}

const WORDS = new Map<string, boolean>([
  ...['1', 'on', 'true', 'yes'].map((word) => [word, true] as const),
  ...['0', 'off', 'false', 'no'].map((word) => [word, false] as const),
]);

/** A text that does not convert is kept as text, so that the field's own validator refuses it. */
function convert(section: SettingsSection, { property }: EnvField, text: string): unknown {
  const type: unknown = Reflect.getMetadata('design:type', section.prototype as object, property);
  if (type === Number) return text.trim() === '' ? text : Number(text);
  if (type === Boolean) return WORDS.get(text.trim().toLowerCase()) ?? text;
  return text;
}
