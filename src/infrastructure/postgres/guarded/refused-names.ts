/**
 * Functions nobody may call through the guard, in whatever schema and of whatever volatility: they run SQL that is text,
 * reach files, other servers or other sessions, wait, or take locks that outlive a statement. Volatile functions are
 * refused besides, by what the catalog says of them.
 */
const REFUSED_FUNCTIONS: readonly RegExp[] = [
  // SQL as text, of PostgreSQL itself and of its contributed modules
  /^(query|cursor|table|schema|database)_to_xml/,
  /^ts_(stat|rewrite)$/,
  /^(dblink|postgres_fdw_)/,
  /^(crosstab|connectby|xpath_table)/,
  // files, large objects, the log
  /^(lo_|loread$|lowrite$)/,
  /^pg_(read|ls|file|logfile|stat_file|current_logfile|rotate_logfile)/,
  /^pg_(hba|ident)_file/,
  /^pg_show_all_/,
  /^pg_get_loaded_modules$/,
  // settings: they hold secrets, and a role is one of them
  /^(set_config|current_setting|setseed)$/,
  // waiting, locks, other sessions
  /^pg_sleep/,
  /^pg_(try_)?advisory/,
  /^pg_(terminate|cancel)_backend$/,
  /^pg_(notify|listening_channels|export_snapshot|prepared_statement|prepared_xact|cursor|lock_status)$/,
  /^pg_stat_(get_activity|get_backend|reset|statements|force|clear)/,
  // the server itself
  /^pg_(reload_conf|promote|import_system_collations|extension_config_dump|switch_wal|backup|create|drop|copy|sync)/,
  /^pg_(wal|walfile|logical|replication|get_wal|control|log|clear|restore|config)/,
  /^binary_upgrade_/,
  /^(txid_current|pg_current_xact_id|pg_nextoid|currtid2?)(_if_assigned)?$/,
  // where the server stands
  /^inet_(server|client)_(addr|port)$/,
];

/** Volatile functions of PostgreSQL itself that neither change nor reveal anything. */
const HARMLESS_FUNCTIONS = new Set([
  'random',
  'random_normal',
  'array_sample',
  'array_shuffle',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'clock_timestamp',
  'timeofday',
  'pg_relation_size',
  'pg_table_size',
  'pg_indexes_size',
  'pg_total_relation_size',
  'pg_partition_tree',
  'pg_partition_ancestors',
]);

/** … and those that a writing statement may call as well. */
const WRITING_FUNCTIONS = new Set(['nextval', 'currval', 'lastval']);

/** Relations of the engine that hold secrets, other people's statements, or the server's settings. */
const REFUSED_RELATIONS = new Set([
  'pg_authid',
  'pg_shadow',
  'pg_auth_members',
  'pg_user_mapping',
  'pg_user_mappings',
  'pg_foreign_server',
  'pg_subscription',
  'pg_largeobject',
  'pg_largeobject_metadata',
  'pg_db_role_setting',
  'pg_settings',
  'pg_file_settings',
  'pg_hba_file_rules',
  'pg_ident_file_mappings',
  'pg_config',
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_stat_activity',
  'pg_stat_ssl',
  'pg_stat_gssapi',
  'pg_stat_replication',
  'pg_stat_wal_receiver',
  'pg_stat_subscription',
  'pg_stat_statements',
  'pg_stat_statements_info',
  'pg_prepared_statements',
  'pg_prepared_xacts',
  'pg_cursors',
  'pg_locks',
  'pg_replication_slots',
  'pg_replication_origin_status',
  'pg_shmem_allocations',
  'pg_backend_memory_contexts',
]);

/** Schemas of the service itself; the roles of guarded statements have no right in them either. */
const REFUSED_SCHEMAS = new Set(['penstock', 'pg_toast']);

export function isRefusedFunction(name: string): boolean {
  return REFUSED_FUNCTIONS.some((pattern) => pattern.test(name));
}

export function isHarmlessFunction(name: string, canWrite: boolean): boolean {
  return HARMLESS_FUNCTIONS.has(name) || (canWrite && WRITING_FUNCTIONS.has(name));
}

export function isRefusedRelation(schema: string, name: string): boolean {
  if (REFUSED_SCHEMAS.has(schema) || schema.startsWith('pg_temp')) return true;
  return (schema === '' || schema === 'pg_catalog') && REFUSED_RELATIONS.has(name);
}
