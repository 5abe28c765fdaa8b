// Arrow streams to Parquet by arrow-rs (npm's parquet-wasm): one job a line on stdin, {"in", "out", "options"}; one line
// a job on stdout, empty or what was refused. MODULES is the folder that has node_modules.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const {
  Table,
  WriterPropertiesBuilder,
  writeParquet,
  Compression,
  Encoding,
  EnabledStatistics,
  WriterVersion,
} = await import(require.resolve("parquet-wasm/node"));

function properties(o) {
  let b = new WriterPropertiesBuilder()
    .setCompression(Compression[o.compression])
    .setDictionaryEnabled(o.dictionary)
    .setStatisticsEnabled(EnabledStatistics[o.statistics])
    .setWriterVersion(WriterVersion[o.version])
    .setMaxRowGroupSize(o.row_group_size)
    .setWriteBatchSize(o.write_batch_size)
    .setDataPageSizeLimit(o.data_page_size)
    .setDictionaryPageSizeLimit(o.dictionary_page_size);
  for (const [column, encoding] of Object.entries(o.encodings)) {
    b = b.setColumnEncoding(column, Encoding[encoding]);
  }
  return b.build();
}

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const job = JSON.parse(line);
  try {
    writeFileSync(job.out, writeParquet(Table.fromIPCStream(readFileSync(job.in)), properties(job.options)));
    console.log("");
  } catch (e) {
    console.log(String(e).replaceAll("\n", " "));
  }
}
