import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(js|css|html|svg|json|webmanifest)$/;

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/**
 * Writes a .gz and a .br file beside every text file of the build, and fails the build when everything
 * that a browser can load is larger than `limit` bytes. Counted is gzip, the larger of the two, because a
 * browser asks for brotli only over TLS.
 */
export function precompress(options: { limit: number }): Plugin {
  let folder = 'dist';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      let total = 0;
      for (const path of filesBelow(folder).filter((file) => !/\.(gz|br)$/.test(file))) {
        const plain = readFileSync(path);
        if (!COMPRESSIBLE.test(path)) {
          total += plain.length;
          continue;
        }
        const gzip = gzipSync(plain, { level: 9 });
        const brotli = brotliCompressSync(plain, {
          params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
        });
        writeFileSync(`${path}.gz`, gzip);
        writeFileSync(`${path}.br`, brotli);
        total += gzip.length;
        this.info(
          `${relative(folder, path)}: ${plain.length} B, gzip ${gzip.length}, brotli ${brotli.length}`,
        );
      }
      if (total > options.limit) {
        throw new Error(`the panel is ${total} bytes compressed; the limit is ${options.limit}`);
      }
      this.info(`total compressed: ${total} of at most ${options.limit} bytes`);
    },
  };
}
