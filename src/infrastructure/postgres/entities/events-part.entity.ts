import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { BIGINT, TEXT, TIMESTAMP } from './column-options.js';

@Unique('events_part_id_key', ['id'])
@Entity({ schema: 'public', name: 'events_part' })
export class EventsPart {
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'BY DEFAULT' })
  readonly id?: string;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'events_part_pkey' })
  readonly uuid: string = '';

  @Column(TEXT)
  readonly event_type?: string | null;

  @Column(TIMESTAMP)
  readonly event_time?: Date | null;

  @Column(BIGINT)
  readonly user_id?: string | null;

  @Column(TEXT)
  readonly platform?: string | null;

  @Column(TEXT)
  readonly device_id?: string | null;

  @Column(BIGINT)
  readonly event_id?: string | null;

  @Column(TEXT)
  readonly language?: string | null;

  @Column(TEXT)
  readonly os_name?: string | null;

  @Column(TEXT)
  readonly os_version?: string | null;

  @Column(BIGINT)
  readonly session_id?: string | null;

  @Column(TEXT)
  readonly start_version?: string | null;

  @Column(TEXT)
  readonly version_name?: string | null;
}
