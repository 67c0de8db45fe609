/**
 * Signs on as it is told, in Windows' node.exe: its argument is an array of {@link SignOn} in JSON. Each gives one line of JSON,
 * a {@link SignedOn}.
 */
import mssql from 'mssql';
import * as newest from 'tedious';
import * as older from 'tedious-19';
import { loadBinding } from '#lib/binding/load';
import { windowsSignOn, type SignOnOptions } from 'sspi/mssql';

export interface SignOn {
  readonly name: string;
  readonly driver: 'tedious 20' | 'tedious 19' | 'mssql';
  readonly options: Readonly<Record<string, unknown>>;
  readonly signOn: SignOnOptions;
  /** mssql: so many connections at once, of which one is killed. */
  readonly pool?: number;
}

export interface SignedOn {
  readonly name: string;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  /** Of the driver's error. */
  readonly code?: string;
  readonly message?: string;
  /** The code of the SspiError beneath it. */
  readonly cause?: string;
  /** Causes that `onRefusal` was told. */
  readonly refusal?: readonly string[];
  /** What is still alive. */
  readonly live?: unknown;
}

// The lab lets tests pass bindings that Wine drops. Without that, extendedProtection: 'auto' meets a platform that cannot bind.
delete process.env['SSPI_WINE_DROPS_BINDINGS'];

const server = 'sql.corp.test';
const query = 'SELECT who, mechanism, encrypted';

type Rows = Readonly<Record<string, unknown>>[];

async function throughTedious({ driver, options }: SignOn, signOn: SignOnOptions): Promise<Rows> {
  const { Connection, Request } = driver === 'tedious 19' ? (older as unknown as typeof newest) : newest;
  const connection = new Connection(windowsSignOn({ server, options }, signOn) as newest.ConnectionConfiguration);
  connection.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  try {
    return await new Promise((resolve, reject) => {
      const rows: Rows = [];
      const request = new Request(query, (error) => {
        if (error) reject(error);
        else resolve(rows);
      });
      request.on('row', (columns: { metadata: { colName: string }; value: unknown }[]) =>
        rows.push(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value]))),
      );
      connection.execSql(request);
    });
  } finally {
    connection.close();
  }
}

async function throughMssql({ options, pool: max = 1 }: SignOn, signOn: SignOnOptions): Promise<Rows> {
  const config = windowsSignOn({ server, options, pool: { max, min: max } }, signOn);
  const pool = await new mssql.ConnectionPool(config as unknown as mssql.config).connect();
  pool.on('error', () => undefined);
  const ask = async (): Promise<Rows> => (await pool.request().query(query)).recordset as Rows;
  try {
    const rows = (await Promise.all(Array.from({ length: max }, ask))).flat();
    if (max > 1) {
      await pool
        .request()
        .query('die')
        .catch(() => undefined);
      rows.push(...(await ask()));
    }
    return rows;
  } finally {
    await pool.close();
  }
}

async function attempt(one: SignOn): Promise<SignedOn> {
  const refusal: string[] = [];
  const signOn: SignOnOptions = {
    ...one.signOn,
    onRefusal: (error) => refusal.push(error.explain().causes[0]?.cause ?? 'none'),
  };
  const { name } = one;
  let result: SignedOn;
  try {
    result = { name, rows: await (one.driver === 'mssql' ? throughMssql : throughTedious)(one, signOn) };
  } catch (error) {
    const { code, message, cause, originalError } = error as Error & { code?: string; originalError?: Error };
    const beneath = (cause ?? originalError?.cause) as { code?: string } | undefined;
    result = { name, code: String(code), message, cause: String(beneath?.code), refusal };
  }
  const end = Date.now() + 3000;
  const live = (): readonly number[] => {
    const { credentials, contexts, buffers, calls } = loadBinding().liveCounts();
    return [credentials, contexts, buffers, calls];
  };
  while (live().some((count) => count > 0) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  return { ...result, live: live() };
}

async function main(all: readonly SignOn[]): Promise<void> {
  for (const one of all) console.log(JSON.stringify(await attempt(one)));
}

void main(JSON.parse(process.argv[2] ?? '[]') as SignOn[]);
