import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { COMPATIBILITY_LEVELS } from '../../../../domain/event-pipelines/avro/compatibility.js';
import { REGISTRY_MODES } from '../../../../domain/event-pipelines/registry-mode.js';
import { SCHEMA_TEXT } from './registry-examples.js';

/** For the API's description alone: these bodies are read by registry-request.ts, which lets newer clients send more. */
export class SchemaReferenceBody {
  @ApiProperty({ example: 'com.streaming.events.Money', description: 'A type that the schema names' })
  readonly name!: string;

  @ApiProperty({ example: 'money-value' })
  readonly subject!: string;

  @ApiProperty({ example: 1 })
  readonly version!: number;
}

export class SchemaBody {
  @ApiProperty({ example: SCHEMA_TEXT, description: 'JSON text of an Avro schema' })
  readonly schema!: string;

  @ApiPropertyOptional({ enum: ['AVRO'], description: 'Left out: AVRO' })
  readonly schemaType?: string;

  @ApiPropertyOptional({ type: [SchemaReferenceBody] })
  readonly references?: SchemaReferenceBody[];

  @ApiPropertyOptional({ example: 7, description: 'In mode IMPORT, and only there' })
  readonly id?: number;

  @ApiPropertyOptional({ example: 1, description: 'The next one, but for mode IMPORT' })
  readonly version?: number;
}

export class CompatibilityBody {
  @ApiProperty({ enum: COMPATIBILITY_LEVELS })
  readonly compatibility!: string;
}

export class ModeBody {
  @ApiProperty({ enum: REGISTRY_MODES })
  readonly mode!: string;
}
