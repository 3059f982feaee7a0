package qrcode

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Imported keys carry no MAC of ours, so they are recognised by their shape:
// length, characters, and the beginning that all of a batch share. As long as
// nothing was imported, nothing but genuine keys is looked up.

// shaper gathers the shape of a batch's keys.
type shaper struct {
	length int
	prefix string
	class  string
}

func (s *shaper) add(code string) {
	if s.length == 0 {
		s.length, s.prefix = len(code), code
	}
	for !strings.HasPrefix(code, s.prefix) {
		s.prefix = s.prefix[:len(s.prefix)-1]
	}
	s.class = max(s.class, classOf(code))
}

// classOf orders the sets of characters by size: a larger class holds the
// smaller.
func classOf(code string) string {
	const figures, capitals = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch {
	case strings.Trim(code, figures) == "":
		return "1"
	case strings.Trim(code, figures+capitals) == "":
		return "2"
	}
	return "3"
}

// String prints the shape as it is stored: "32 1 62".
func (s *shaper) String() string {
	return fmt.Sprintf("%d %s %s", s.length, s.class, s.prefix[:min(len(s.prefix), 8)])
}

// hasShape tells whether a key could be one of a batch with the shape.
func hasShape(shape, key string) bool {
	var length int
	var class, prefix string
	if n, _ := fmt.Sscanf(shape, "%d %s %s", &length, &class, &prefix); n < 2 {
		return false
	}
	alnum := strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == ""
	return alnum && len(key) == length && classOf(key) <= class && strings.HasPrefix(key, prefix)
}

// shapesLifetime is how long the shapes are believed: another process may import.
const shapesLifetime = time.Minute

// shapes are read from the database once a minute at most, never once a guess.
type shapes struct {
	mu    sync.Mutex
	known []string
	until time.Time
}

func (s *shapes) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
}

// imported tells whether the key could be that of an imported plate.
func (s *Service) imported(ctx context.Context, key string) bool {
	if len(key) < minCode || len(key) > maxCode {
		return false
	}
	s.shapes.mu.Lock()
	defer s.shapes.mu.Unlock()
	if now := s.Clock.Now(); !now.Before(s.shapes.until) {
		known, err := s.Repo.Shapes(ctx)
		if err != nil {
			return false // the database is away: a genuine key will say so
		}
		s.shapes.known, s.shapes.until = known, now.Add(shapesLifetime)
	}
	for _, shape := range s.shapes.known {
		if hasShape(shape, key) {
			return true
		}
	}
	return false
}
