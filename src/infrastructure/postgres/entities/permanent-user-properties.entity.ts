import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { BOOLEAN, INTEGER, TEXT } from './column-options.js';

@Unique('permanent_user_properties_id_key', ['id'])
@Entity({ schema: 'public', name: 'permanent_user_properties' })
export class PermanentUserProperties {
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'BY DEFAULT' })
  readonly id?: string;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'permanent_user_properties_pkey' })
  readonly ehr_id: string = '';

  @Column(TEXT)
  readonly gender?: string | null;

  @Column(INTEGER)
  readonly cohort_day?: number | null;

  @Column(INTEGER)
  readonly cohort_week?: number | null;

  @Column(INTEGER)
  readonly cohort_month?: number | null;

  @Column(BOOLEAN)
  readonly registered_via_app?: boolean | null;

  @Column(TEXT)
  readonly source?: string | null;
}
