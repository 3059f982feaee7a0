package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

// hold keeps every lane busy until release is called.
func hold(t *testing.T, s *store.Store) (release func()) {
	t.Helper()
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for range store.Lanes(s) {
		started := make(chan struct{})
		start := sync.OnceFunc(func() { close(started) })
		wg.Go(func() {
			if err := s.Acquiring().Update(ctx, func(acquiring.Tx) error { start(); <-gate; return nil }); err != nil {
				t.Error(err)
			}
		})
		<-started // so that each lane takes one of them
	}
	return func() { close(gate); wg.Wait() }
}

// await waits until n functions wait for their turn.
func await(s *store.Store, n int) {
	for store.Waiting(s) < n {
		time.Sleep(time.Millisecond)
	}
}

// together makes functions wait at the same time, so that they share
// transactions, and returns their answers.
func together(t *testing.T, s *store.Store, functions ...func(acquiring.Tx) error) []error {
	t.Helper()
	release := hold(t, s)
	errs := make([]error, len(functions))
	var wg sync.WaitGroup
	for i, f := range functions {
		wg.Go(func() { errs[i] = s.Acquiring().Update(ctx, f) })
	}
	await(s, len(functions))
	release()
	wg.Wait()
	return errs
}

func insertion(n int) func(acquiring.Tx) error {
	return func(tx acquiring.Tx) error { return tx.InsertPayment(payment(n)) }
}

func TestFailingFunctionDoesNotUndoItsNeighbours(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		update(t, s, insertion(200))
		var functions []func(acquiring.Tx) error
		for n := 1; n <= 20; n++ {
			functions = append(functions, insertion(n))
		}
		refused := errors.New("refused")
		runs := 0
		functions = append(functions,
			func(tx acquiring.Tx) error { // what it wrote must go with it
				runs++
				if err := tx.InsertPayment(payment(100)); err != nil {
					return err
				}
				return refused
			},
			func(acquiring.Tx) error { return refused }, func(acquiring.Tx) error { return refused }, func(acquiring.Tx) error { return refused }, func(acquiring.Tx) error { return refused },
			func(tx acquiring.Tx) error { // a number that is taken
				p := payment(101)
				p.RequestID = payment(200).RequestID
				return tx.InsertPayment(p)
			},
		)
		before := s.Stats()
		errs := together(t, s, functions...)
		for i, err := range errs {
			switch {
			case i < 20:
				if err != nil {
					t.Errorf("function %d: %v", i, err)
				}
			case i < 25:
				if !errors.Is(err, refused) {
					t.Errorf("function %d: %v, want its own error", i, err)
				}
			default:
				wantFault(t, err, fault.Conflict, "request_id")
			}
		}
		if runs != 2 && runs != 1 {
			t.Errorf("the failing function ran %d times, want once with others and once alone", runs)
		}
		got, err := s.Column("SELECT trace FROM payments ORDER BY trace")
		if err != nil || len(got) != 21 {
			t.Errorf("stored %v, %v; want the first and the twenty that succeeded", got, err)
		}
		after := s.Stats()
		if updates := after.Updates - before.Updates; updates != 20+int64(store.Lanes(s)) {
			t.Errorf("%d updates counted, want 20 and those that held the lanes", updates)
		}
	})
}

func TestNeighboursShareACommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var functions []func(acquiring.Tx) error
		for n := 1; n <= 30; n++ {
			functions = append(functions, insertion(n))
		}
		before := s.Stats().Commits
		for i, err := range together(t, s, functions...) {
			if err != nil {
				t.Errorf("function %d: %v", i, err)
			}
		}
		lanes := int64(store.Lanes(s))
		if commits := s.Stats().Commits - before; commits > 2*lanes {
			t.Errorf("30 functions took %d commits besides the %d that held the lanes", commits-lanes, lanes)
		}
	})
}

func TestPanicStaysWithItsCaller(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var caught atomic.Value
		wild := func(run func() error) {
			defer func() { caught.Store(fmt.Sprint(recover())) }()
			t.Errorf("returned %v", run())
		}
		wild(func() error {
			return s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
				if err := tx.InsertPayment(payment(1)); err != nil {
					return err
				}
				panic("oops")
			})
		})
		if caught.Load() != "oops" {
			t.Errorf("caught %v", caught.Load())
		}
		wild(func() error { return store.UpdateAlone(s, func() error { panic("alone") }) })
		if caught.Load() != "alone" {
			t.Errorf("caught %v", caught.Load())
		}
		_, err := s.Acquiring().Payment(ctx, payment(1).OrderNo)
		wantFault(t, err, fault.NotFound, "")
		update(t, s, insertion(1)) // the committer works on
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		waiting, cancel := context.WithCancel(ctx)
		ran := false
		done := make(chan error, 1)
		release := hold(t, s)
		go func() {
			done <- s.Acquiring().Update(waiting, func(acquiring.Tx) error { ran = true; return nil })
		}()
		await(s, 1)
		cancel()
		err := <-done
		release()
		wantFault(t, err, fault.Unavailable, "")
		if !errors.Is(err, context.Canceled) || ran {
			t.Errorf("%v, ran %v; want the context's error and nothing done", err, ran)
		}
	})
}

func TestSwallowedErrorIsNotCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
			if err := tx.InsertPayment(payment(1)); err != nil {
				return err
			}
			_ = store.Break(tx) // a statement fails, and the function does not care
			if err := tx.InsertPayment(payment(2)); err == nil {
				t.Error("a broken transaction takes another statement")
			}
			return nil
		})
		wantFault(t, err, fault.Internal, "")
		if got, err := s.Column("SELECT order_no FROM payments"); len(got) != 0 || err != nil {
			t.Errorf("stored %v, %v; want nothing", got, err)
		}
	})
}

func TestTransactionIsRunAgainWhenTheDatabaseGivesItUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		for _, row := range []struct {
			failures int
			runs     int
			ok       bool
		}{{0, 1, true}, {2, 3, true}, {4, 5, true}, {99, 5, false}} {
			runs := 0
			err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
				runs++
				if runs <= row.failures {
					store.GiveUp(tx)
				}
				return nil
			})
			if runs != row.runs || (err == nil) != row.ok {
				t.Errorf("%d failures: %d runs, %v; want %d runs, success %v", row.failures, runs, err, row.runs, row.ok)
			}
			if !row.ok {
				wantFault(t, err, fault.Unavailable, "")
			}
		}
	})
}

func TestRealDeadlockIsResolved(t *testing.T) {
	s := dbtest.Open(t, migrated(t, dbtest.MariaDB(t)))
	update(t, s, insertion(1))
	update(t, s, insertion(2))
	one, two := payment(1).OrderNo, payment(2).OrderNo
	var met sync.WaitGroup
	met.Add(2)
	cross := func(first, second string) error {
		meet := sync.OnceFunc(func() { met.Done(); met.Wait() })
		return store.UpdateTx(s, func(tx acquiring.Tx) error {
			for _, orderNo := range []string{first, second} {
				if _, err := tx.MovePayment(orderNo, []acquiring.PaymentState{acquiring.Created}, acquiring.Created, acquiring.PaymentChange{}); err != nil {
					return err
				}
				meet()
			}
			return nil
		})
	}
	var wg sync.WaitGroup
	wg.Go(func() { must(t, cross(one, two)) })
	wg.Go(func() { must(t, cross(two, one)) })
	wg.Wait()
}

func TestLostCommitIsUnknown(t *testing.T) {
	cfg := migrated(t, dbtest.MariaDB(t))
	s, killer := dbtest.Open(t, cfg), dbtest.Open(t, cfg)
	err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		if err := tx.InsertPayment(payment(1)); err != nil {
			return err
		}
		return killer.Exec("KILL " + store.ConnectionID(tx))
	})
	wantFault(t, err, fault.Unknown, "")
	if !strings.Contains(err.Error(), "read again") {
		t.Errorf("the sentence does not say what to do: %v", err)
	}
	update(t, s, insertion(2))
}

func TestFailedCommitLeavesTheConnectionUsable(t *testing.T) {
	s := dbtest.Open(t, dbtest.SQLite(t))
	err := s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return store.Raw(tx, "ROLLBACK") })
	wantFault(t, err, fault.Unknown, "")
	update(t, s, insertion(1))
}

func TestCloseWaitsForWhatIsThere(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		s, err := store.Open(ctx, migrated(t, cfg))
		must(t, err)
		started, release := make(chan struct{}), make(chan struct{})
		begin := sync.OnceFunc(func() { close(started) })
		result, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			result <- s.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
				begin()
				<-release
				return tx.InsertPayment(payment(1))
			})
		}()
		<-started
		go func() { closed <- s.Close() }()
		select {
		case err := <-closed:
			t.Fatalf("closed while a transaction ran: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		close(release)
		must(t, <-result)
		must(t, <-closed)
		must(t, s.Close())
	})
}

// migrated migrates the database.
func migrated(t testing.TB, cfg store.Config) store.Config {
	t.Helper()
	_, err := store.Migrate(ctx, cfg)
	must(t, err)
	return cfg
}

// BenchmarkUpdate shows how many commits an update takes when 1 and when 16
// goroutines store payments: commits/op 1 and far below.
func BenchmarkUpdate(b *testing.B) {
	for name, config := range map[string]func(testing.TB) store.Config{"sqlite": dbtest.SQLite, "mariadb": dbtest.MariaDB} {
		for _, updaters := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/updaters=%d", name, updaters), func(b *testing.B) {
				s := dbtest.Open(b, migrated(b, config(b)))
				var next atomic.Int64
				before := s.Stats()
				b.ResetTimer()
				var wg sync.WaitGroup
				for range updaters {
					wg.Go(func() {
						for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
							if err := s.Acquiring().Update(ctx, insertion(n)); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
				after := s.Stats()
				b.ReportMetric(float64(after.Commits-before.Commits)/float64(after.Updates-before.Updates), "commits/op")
			})
		}
	}
}
