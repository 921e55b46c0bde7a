import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { BIGINT, JSON_VALUE, TEXT } from './column-options.js';

@Unique('technical_data_id_key', ['id'])
@Entity({ schema: 'public', name: 'technical_data' })
export class TechnicalData {
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'BY DEFAULT' })
  readonly id?: string;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'technical_data_pkey' })
  readonly uuid: string = '';

  @Column(TEXT)
  readonly insert_id?: string | null;

  @Column(JSON_VALUE)
  readonly amplitude_attribution_ids?: unknown;

  @Column(BIGINT)
  readonly amplitude_id?: string | null;

  @Column(TEXT)
  readonly is_attribution_event?: string | null;

  @Column(TEXT)
  readonly library?: string | null;

  @Column(JSON_VALUE)
  readonly group_properties_json?: unknown;

  @Column(JSON_VALUE)
  readonly groups_json?: unknown;

  @Column(JSON_VALUE)
  readonly plan_json?: unknown;
}
