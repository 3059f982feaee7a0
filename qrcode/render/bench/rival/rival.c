// The rival in `make bench-plates`: libqrencode makes the matrix, libpng the
// picture, in memory. Built by that target alone.
#include <png.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  unsigned char bytes[1 << 16];
  size_t len;
} sink;

static void put(png_structp png, png_bytep data, png_size_t n) {
  sink *s = png_get_io_ptr(png);
  if (s->len + n > sizeof s->bytes) png_error(png, "picture too large");
  memcpy(s->bytes + s->len, data, n);
  s->len += n;
}

static void flush(png_structp png) { (void)png; }

// One bit a pixel, paletted, whole pixels a module, the remainder around it: the
// same picture as ours, pixel for pixel.
static void picture(const char *payload, int side, sink *out) {
  QRcode *qr = QRcode_encodeString8bit(payload, 0, QR_ECLEVEL_M);
  if (!qr) { perror("QRcode_encodeString8bit"); exit(1); }
  int module = side / (qr->width + 8), at = (side - qr->width * module) / 2;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png))) exit(1);
  out->len = 0;
  png_set_write_fn(png, out, put, flush);
  png_color colours[2] = {{255, 255, 255}, {0, 0, 0}};
  png_set_IHDR(png, info, side, side, 1, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_PLTE(png, info, colours, 2);
  png_write_info(png, info);
  unsigned char row[1024];
  for (int y = 0; y < side; y++) {
    int my = y < at ? -1 : (y - at) / module;
    if (y == 0 || y == at + qr->width * module || (y >= at && my < qr->width && (y - at) % module == 0)) {
      memset(row, 0, sizeof row);
      for (int mx = 0; my >= 0 && my < qr->width && mx < qr->width; mx++)
        if (qr->data[my * qr->width + mx] & 1)
          for (int x = at + mx * module; x < at + (mx + 1) * module; x++) row[x / 8] |= 0x80 >> (x % 8);
    }
    png_write_row(png, row);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  QRcode_free(qr);
}

// Reads one payload a line; prints the processor seconds and bytes of all pictures, and
// with an argument writes the first picture there.
int main(int argc, char **argv) {
  static char lines[20000][128];
  int n = 0;
  while (n < 20000 && fgets(lines[n], sizeof lines[n], stdin)) lines[n][strcspn(lines[n], "\n")] = 0, n++;
  static sink out;
  struct timespec from, to;
  long bytes = 0;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
  for (int i = 0; i < n; i++) {
    picture(lines[i], 512, &out);
    bytes += out.len;
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
  printf("%.9f %ld %d\n", (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9, bytes, n);
  if (argc > 1) {
    FILE *f = fopen(argv[1], "wb");
    picture(lines[0], 512, &out);
    fwrite(out.bytes, 1, out.len, f);
    fclose(f);
  }
  return 0;
}
