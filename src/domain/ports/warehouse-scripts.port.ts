/** Files of SQL, run as a whole. Every adapter passes test/contracts/warehouse-scripts.contract.ts on a real engine. */
export abstract class WarehouseScripts {
  /**
   * Runs all statements of a script, in order and in one transaction: all of them take effect, or none.
   *
   * @returns how many statements there were
   * @throws PenstockError `script.failed` with the line of the statement that cannot be read, may not stand in a script
   *   (psql's own commands, COPY FROM STDIN, statements of transactions) or was refused; `database.unreachable`
   */
  abstract run(sql: string): Promise<number>;
}
