// The same comparison by DuckDB: one full outer join of the two files, and the
// differences as sorted CSV. Two threads, all the memory that it likes.
// Usage: node duckdb.js OURS THEIRS OUT; prints the number of differing rows.
const { createRequire } = require('module');
const { DuckDBInstance } = createRequire(process.cwd() + '/')('@duckdb/node-api');

const columns = "columns={'order_no':'VARCHAR','channel':'VARCHAR','trace_no':'VARCHAR','clear_date':'VARCHAR','amount_fen':'BIGINT','fee_fen':'BIGINT','payer_acct':'VARCHAR','paid_time':'VARCHAR'}";

async function main([ours, theirs, out]) {
  const c = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  const side = (file) => `(SELECT order_no, channel, clear_date, amount_fen, fee_fen, payer_acct FROM read_csv('${file}', header=false, delim=',', ${columns}))`;
  await c.run(`COPY (
    SELECT coalesce(a.order_no, b.order_no) AS order_no, a.amount_fen AS ours, b.amount_fen AS theirs,
           a.fee_fen AS our_fee, b.fee_fen AS their_fee, a.payer_acct AS our_payer, b.payer_acct AS their_payer, a.clear_date AS our_date, b.clear_date AS their_date
    FROM ${side(ours)} a FULL OUTER JOIN ${side(theirs)} b ON a.channel = b.channel AND a.order_no = b.order_no
    WHERE a.order_no IS NULL OR b.order_no IS NULL OR a.amount_fen <> b.amount_fen OR a.fee_fen <> b.fee_fen
       OR a.payer_acct <> b.payer_acct OR a.clear_date <> b.clear_date
    ORDER BY 1) TO '${out}' (HEADER false)`);
  const r = await c.runAndReadAll(`SELECT count(*) FROM read_csv('${out}', header=false)`);
  console.log(String(r.getRows()[0][0]));
}

main(process.argv.slice(2)).catch((err) => { console.error(err.message); process.exit(1); });
