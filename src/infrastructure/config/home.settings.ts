import { IsInt, IsString, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Where the embedded engines keep their data. */
export class HomeSettings {
  /** Folder of the embedded engines' data; made on first use. Two services on one folder share its engines. */
  @Env('PENSTOCK_HOME')
  @IsString()
  readonly home: string = '.penstock';

  /** How long a first start of an embedded engine may take, in milliseconds. */
  @Env('ENGINE_START_TIMEOUT_MS')
  @IsInt()
  @Min(1000)
  @Max(600_000)
  readonly startTimeoutMs: number = 120_000;
}
