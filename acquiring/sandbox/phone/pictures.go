package phone

import (
	"net/http"
	"sync"
)

// maxPictures bounds the pictures that are kept, some hundred kilobytes.
const maxPictures = 500

// pictures keeps the codes of pages that were just shown: the browser asks for
// them one by one, and drawing all plates anew for each would be slow.
type pictures struct {
	mu       sync.Mutex
	bySerial map[string][]byte
}

func (c *pictures) keep(v PlateView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bySerial == nil || len(c.bySerial) >= maxPictures {
		c.bySerial = map[string][]byte{}
	}
	c.bySerial[v.Serial] = v.Picture
}

func (c *pictures) of(serial string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	png, ok := c.bySerial[serial]
	return png, ok
}

// picture serves a plate's PNG.
func (p *Phone) picture(rw http.ResponseWriter, r *http.Request) {
	serial := r.PathValue("serial")
	png, ok := p.pictures.of(serial)
	if !ok {
		all, err := p.cfg.Plates(r.Context())
		if err != nil {
			http.Error(rw, "The plates cannot be listed: "+err.Error(), http.StatusInternalServerError)
			return
		}
		for _, v := range all {
			if v.Serial == serial {
				png = v.Picture
			}
		}
	}
	if len(png) == 0 {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "image/png")
	_, _ = rw.Write(png)
}
