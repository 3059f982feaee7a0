package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"juma/internal/fault"
)

const (
	// maxTries is how often a transaction that the database gave up is run.
	maxTries = 5
	// maxGroup bounds the functions that share a commit, so that the first of them
	// does not wait long for the last.
	maxGroup = 64
	// maxRegroups is how many failing functions a group leaves behind before its
	// others go one by one too.
	maxRegroups = 3
)

// Stats counts what the group committer did.
type Stats struct {
	Updates int64 // functions answered with success
	Commits int64 // commits that it took
}

// group runs functions in transactions and lets those that wait at the same time
// share one commit. A lane is one transaction at a time; lanes run only while
// something waits. Each function runs in its caller's own goroutine, when its
// turn comes, so a panic stays where it belongs.
type group struct {
	begin func() (*conn, error)
	lanes int

	mu      sync.Mutex
	waiting []*job
	running int // lanes at work
	closed  bool
	work    sync.WaitGroup // lanes and single transactions
	counts  Stats
}

func newGroup(begin func() (*conn, error), lanes int) *group {
	return &group{begin: begin, lanes: lanes}
}

// job is a function that waits for its turn.
type job struct {
	turn chan *conn // run with this transaction …
	ran  chan error // … and say how it went
	done chan error // the answer
}

// errPanicked stands for a function that did not return.
var errPanicked = errors.New("store: the function panicked")

// do runs f in a transaction, perhaps together with others, and returns when it
// is committed. While f waits for its turn ctx may end the waiting; nothing was
// done then. f may be run more than once, and must not ask for another
// transaction: on SQLite there is only the one that f has.
func (g *group) do(ctx context.Context, f func(*conn) error) error {
	j := &job{turn: make(chan *conn), ran: make(chan error, 1), done: make(chan error, 1)}
	if err := g.enqueue(j); err != nil {
		return err
	}
	leave := ctx.Done()
	for {
		select {
		case c := <-j.turn:
			j.run(c, f)
		case err := <-j.done:
			return err
		case <-leave:
			if g.abandon(j) {
				return &fault.Error{Op: "store.Update", Kind: fault.Unavailable, Msg: "the caller stopped waiting for its turn; nothing was done", Err: ctx.Err()}
			}
			leave = nil // its turn has come: the answer will be there soon
		}
	}
}

// run runs f and reports, also when f never returns.
func (j *job) run(c *conn, f func(*conn) error) {
	err := errPanicked
	defer func() { j.ran <- err }()
	err = f(c)
	if c.broken != nil {
		err = c.broken // whatever f made of it
	}
}

// in gives the job its turn in the transaction and returns how it went.
func (j *job) in(c *conn) error {
	j.turn <- c
	return <-j.ran
}

func (g *group) enqueue(j *job) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return fault.New("store.Update", fault.Unavailable, "the database has been closed")
	}
	g.waiting = append(g.waiting, j)
	if g.running < g.lanes {
		g.running++
		g.work.Go(g.lane)
	}
	return nil
}

// abandon takes a job back that has not been taken yet.
func (g *group) abandon(j *job) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, j)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// lane serves until nothing waits.
func (g *group) lane() {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), maxGroup)
		if n == 0 {
			g.running--
			g.mu.Unlock()
			return
		}
		jobs := slices.Clone(g.waiting[:n])
		g.waiting = slices.Delete(g.waiting, 0, n)
		g.mu.Unlock()
		g.serve(jobs)
	}
}

// serve answers all jobs. A job that fails is taken out, and the others are run
// again without it: it must not undo its neighbours' work, and what it saw may
// have been theirs, so it gets a transaction of its own.
func (g *group) serve(jobs []*job) {
	var single []*job
	for regroups := 0; len(jobs) > 1 && regroups < maxRegroups; regroups++ {
		failing, err := g.together(jobs)
		switch {
		case failing >= 0:
			if err != errPanicked {
				single = append(single, jobs[failing])
			}
			jobs = slices.Delete(jobs, failing, failing+1)
			continue
		case err == nil || fault.Is(err, fault.Unknown):
			for _, j := range jobs {
				j.done <- err
			}
			jobs = nil
		}
		break // neither: the transaction could not begin or commit, try one by one
	}
	for _, j := range append(jobs, single...) {
		err := g.retry(context.Background(), j.in)
		if err != errPanicked {
			j.done <- err
		}
	}
}

// together runs the jobs in one transaction. It returns the index of the job
// that failed, or -1 and what became of the commit.
func (g *group) together(jobs []*job) (failing int, err error) {
	c, err := g.begin()
	if err != nil {
		return -1, err
	}
	for i, j := range jobs {
		if err := j.in(c); err != nil {
			c.rollback()
			return i, err
		}
	}
	if err := c.commit(); err != nil {
		return -1, err
	}
	g.count(len(jobs))
	return -1, nil
}

// alone runs f in a transaction of its own.
func (g *group) alone(ctx context.Context, f func(*conn) error) error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return fault.New("store.Update", fault.Unavailable, "the database has been closed")
	}
	g.work.Add(1)
	g.mu.Unlock()
	defer g.work.Done()
	return g.retry(ctx, func(c *conn) error {
		finished := false
		defer func() {
			if !finished {
				c.rollback() // f panics: the connection must not stay in its transaction
			}
		}()
		err := f(c)
		finished = true
		if c.broken != nil {
			err = c.broken
		}
		return err
	})
}

// retry runs f in a transaction of its own, again when the database gave the
// transaction up.
func (g *group) retry(ctx context.Context, f func(*conn) error) error {
	for try := 1; ; try++ {
		err := g.once(f)
		if err == nil || fault.Is(err, fault.Unknown) || !transient(err) || try == maxTries {
			return err
		}
		// Jitter, so that those who met do not meet again. Only waiting depends on
		// it, nothing that is stored.
		pause := time.Duration(try) * (5*time.Millisecond + rand.N(15*time.Millisecond))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// once runs f in one transaction.
func (g *group) once(f func(*conn) error) error {
	c, err := g.begin()
	if err != nil {
		return err
	}
	if err := f(c); err != nil {
		c.rollback()
		return err
	}
	if err := c.commit(); err != nil {
		return err
	}
	g.count(1)
	return nil
}

func (g *group) count(updates int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.Updates += int64(updates)
	g.counts.Commits++
}

func (g *group) stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts
}

// close refuses what comes later and waits for what is there.
func (g *group) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.work.Wait()
}
