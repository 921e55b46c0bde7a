import { Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  DEFAULT_ROWS_LIMIT,
  ListRowsQuery,
  MAX_ROWS_LIMIT,
} from '../../../application/warehouse-loading/list-rows.query.js';
import { LoadRowsCommand } from '../../../application/warehouse-loading/load-rows.command.js';
import { StreamRowsQuery } from '../../../application/warehouse-loading/stream-rows.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { mayUse } from '../../../domain/shared/scope.js';
import { DWH_TABLES } from '../../../domain/warehouse-loading/dwh-tables.js';
import { MAX_ID_RANGES } from '../../../domain/warehouse-loading/id-runs.js';
import { LoadLimits } from '../../../domain/warehouse-loading/load-limits.js';
import { ON_CONFLICT } from '../../../domain/warehouse-loading/on-conflict.js';
import { MAX_PAGE_BYTES } from '../../../domain/warehouse-loading/row-selection.js';
import { WAREHOUSE_ENGINES } from '../../../domain/warehouse-loading/warehouse-engine.js';
import { Scope } from '../access/scope.js';
import { clientGone } from '../client-gone.js';
import { ApiProblems } from '../docs/api-problems.js';
import { rowBody, RowsBody } from '../row-body.js';
import { answerRows, rowFormat } from '../rows-answer.js';
import { type LoadAnswer, loadAnswer } from './load-answer.js';
import { CSV_EXAMPLE, LOCATION_EXAMPLE, NDJSON_EXAMPLE, RECEIPT_EXAMPLES, ROWS_EXAMPLE } from './table-examples.js';
import { idempotencyKeyOf } from '../idempotency-key.js';
import { loadRequest, type RawQuery, rowsRequest } from './table-requests.js';

const TABLE = { name: 'table', enum: DWH_TABLES.map(({ route }) => route) };
const ENGINE = { name: 'engine', required: false, enum: WAREHOUSE_ENGINES, description: 'Left out: postgres' };
const ENGINE_PROBLEMS = [
  'table.unknown',
  'query.timeout',
  'database.unreachable',
  'database.busy',
  'database.refused',
  'warehouse.unreachable',
  'warehouse.refused',
] as const;
/** An export may be longer than any page. */
const MAX_STREAMED_ROWS = 999_999_999;

const ApiOptional = (name: string, description: string): MethodDecorator =>
  ApiQuery({ name, required: false, description });

/** The seven warehouse tables, as the DWH Helper had them. */
@ApiTags('warehouse-loading')
@Controller('dwh')
export class WarehouseTablesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly limits: LoadLimits,
  ) {}

  @Post(':table')
  @HttpCode(200)
  @Scope('load')
  @RowsBody(LOCATION_EXAMPLE)
  @ApiParam(TABLE)
  @ApiQuery({ ...ENGINE })
  @ApiQuery({
    name: 'on_conflict',
    required: false,
    enum: ON_CONFLICT,
    description: 'Left out: error; update needs the scope write too',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key with the same rows loads them once',
  })
  @ApiOperation({
    summary:
      'Load rows, all of them or none; answers their ids in the order of the request, or null where they were not kept',
  })
  @ApiOkResponse({ content: { 'application/json': { examples: RECEIPT_EXAMPLES } } })
  @ApiProblems(
    'rows.empty',
    'rows.rejected',
    'rows.conflict',
    'idempotency-key.reused',
    'idempotency-key.in-use',
    ...ENGINE_PROBLEMS,
  )
  async load(
    @Param('table') table: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoadAnswer> {
    const { engine, onConflict } = loadRequest(query);
    if (onConflict === 'update') requireWrite(request);
    const idempotencyKey = idempotencyKeyOf(request);
    const { maxJsonBytes, maxWriteBatchBytes } = this.limits;
    const { rows, place, isStream } = await rowBody(request, { maxJsonBytes, maxRowBytes: maxWriteBatchBytes });
    const options = {
      onConflict,
      place,
      signal: clientGone(reply),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(isStream && { maxIdRuns: MAX_ID_RANGES }),
    };
    return loadAnswer(await this.commands.execute(new LoadRowsCommand({ table, rows, engine }, options)), isStream);
  }

  @Get(':table')
  @Scope('read')
  @ApiParam(TABLE)
  @ApiQuery({ ...ENGINE })
  @ApiOptional('pk', "Only the row with this value of the table's key, or with this id where it has none")
  @ApiOptional(
    'limit',
    `Rows of a page (default ${DEFAULT_ROWS_LIMIT}, at most ${MAX_ROWS_LIMIT}), fewer where they are larger than ${MAX_PAGE_BYTES / 1_048_576} MiB; CSV and NDJSON: of all`,
  )
  @ApiOptional('sort_by', 'A column (default: id); ties are in the order of ids, nulls come last')
  @ApiQuery({ name: 'sort_dir', required: false, enum: ['asc', 'desc'], description: 'Left out: asc' })
  @ApiOptional('cursor', '`next` of the page before')
  @ApiQuery({
    name: 'with_id',
    required: false,
    enum: ['true', 'false'],
    description: 'Left out: true; rows without `id` are as `POST` and `penstock load` take them',
  })
  @ApiQuery({
    name: 'filters',
    required: false,
    style: 'form',
    explode: true,
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    description: 'Any column by its name, e.g. `city=Lyon`: only rows with this value',
  })
  @ApiOperation({ summary: 'Rows by filters, in any order: a page as JSON, or all as CSV or NDJSON by Accept' })
  @ApiOkResponse({
    content: {
      'application/json': { example: ROWS_EXAMPLE },
      'application/x-ndjson': { schema: { type: 'string' }, example: NDJSON_EXAMPLE },
      'text/csv': { schema: { type: 'string' }, example: CSV_EXAMPLE },
    },
  })
  @ApiProblems('request.invalid', 'cursor.invalid', ...ENGINE_PROBLEMS)
  async rows(
    @Param('table') table: string,
    @Query() query: RawQuery,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = rowFormat(accept);
    const { engine, selection, limit, withId } = rowsRequest(
      query,
      format === 'json' ? MAX_ROWS_LIMIT : MAX_STREAMED_ROWS,
    );
    if (format === 'json') {
      const page = await this.queries.execute(new ListRowsQuery({ table, engine }, selection, { limit, withId }));
      await reply.header('vary', 'accept').send(page);
      return;
    }
    const options = { signal: clientGone(reply), withId, ...(limit !== undefined && { limit }) };
    const { table: name, ...rows } = await this.queries.execute(
      new StreamRowsQuery({ table, engine }, selection, options),
    );
    await answerRows(reply, { format, name, ...rows });
  }
}

function requireWrite({ caller }: FastifyRequest): void {
  if (caller !== undefined && !(caller instanceof PenstockError) && mayUse(caller, 'write')) return;
  throw new PenstockError(
    'scope.missing',
    'To update rows that are there, the key needs the scope "write" besides "load".',
  );
}
