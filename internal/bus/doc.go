// Package bus is the only one that knows NATS. It carries work, never truth: the
// database keeps every fact about money, and wiping the whole NATS store while
// the system runs is a tested, harmless event.
//
// It does three things.
//
// Calls: [Bus.Serve] puts a channel adapter behind request–reply as a NATS micro
// service in a queue group, and [Bus.Remote] is the other end, an adapter that
// cannot be told from a local one. An answer that did not arrive is Unknown; a
// request for which nobody listens is a fault of kind Unavailable. A statement
// travels in chunks.
//
// Facts and commands: a [Relay] takes events from the outbox, where they were
// written with the row that they tell of, and publishes them to JetStream, at
// least once.
//
// Consuming: [Bus.Consume] hands events to a function and acknowledges each one
// after the function has returned without error.
//
// All waiting here is in real time, also in a simulated day: a message takes as
// long as it takes. The relay's leases are kept by the clock that it is given.
//
// Subjects, queue groups and streams are in one table, subjects.go.
package bus
