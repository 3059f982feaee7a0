package bus

import (
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"juma/acquiring/channel"
)

// The subjects of Juma.
//
//	subject                          who listens                     what
//	channel.<wallet>.<method>        queue group channel-<wallet>    one call of the channel contract, JSON
//	channel.<wallet>.chunk.<member>  that member alone               one chunk of a statement it holds
//	payment.*  refund.succeeded …    stream EVENTS, then consumers   facts, after the commit that made them
//	refund.requested.<wallet>        stream COMMANDS, one consumer   work to be done once
//	dead.<subject>                   stream DEAD                     what a consumer gave up on
//
// Besides, each adapter answers $SRV.PING, $SRV.INFO and $SRV.STATS as every NATS
// micro service does, under the name channel-<wallet>.

// method is one method of the channel contract, as it stands in a subject.
type method string

const (
	methodAuthURL     method = "auth_url"
	methodIdentify    method = "identify"
	methodPrepay      method = "prepay"
	methodQuery       method = "query"
	methodClose       method = "close"
	methodRefund      method = "refund"
	methodQueryRefund method = "query_refund"
	methodReadNotice  method = "read_notice"
	methodStatement   method = "statement"

	methodPayByCode method = "pay_by_code"
	methodReverse   method = "reverse"

	methodEnrol          method = "enrol"
	methodQueryEnrolment method = "query_enrolment"

	methodCredentials method = "credentials"
)

// endpointChunk is the one endpoint that is no method of the contract.
const endpointChunk = "chunk"

func methodSubject(n channel.Name, m method) string {
	return "channel." + string(n) + "." + string(m)
}

func chunkSubject(n channel.Name, member string) string {
	return "channel." + string(n) + "." + endpointChunk + "." + member
}

// servicePrefix, then the wallet, is the name of its micro service and of its
// queue group.
const servicePrefix = "channel-"

func serviceName(n channel.Name) string { return servicePrefix + string(n) }

// token is what may stand between two dots of a subject.
var token = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// deadPrefix, then the subject, is where a consumer puts what it gave up on.
const deadPrefix = "dead."

// streamDef is a row of the table of streams.
type streamDef struct {
	name      string
	subjects  []string
	retention jetstream.RetentionPolicy
	maxAge    time.Duration // 0: until consumed
	maxBytes  int64
	discard   jetstream.DiscardPolicy
	about     string
}

// streams lists every stream. Old facts may be dropped, the database has them;
// a command is kept until it is done, and when there is no room for one more,
// it stays in the outbox.
var streams = []streamDef{
	{
		name:      "EVENTS",
		subjects:  []string{"payment.*", "refund.succeeded", "refund.failed", "plate.*", "merchant.*", "settlement.*"},
		retention: jetstream.LimitsPolicy, maxAge: 7 * 24 * time.Hour, maxBytes: 256 << 20, discard: jetstream.DiscardOld,
		about: "facts, told after the commit that made them",
	},
	{
		name:      "COMMANDS",
		subjects:  []string{"refund.requested", "refund.requested.*"}, // without a channel: written before there was a queue for each
		retention: jetstream.WorkQueuePolicy, maxBytes: 256 << 20, discard: jetstream.DiscardNew,
		about: "work to be done once",
	},
	{
		name:      "DEAD",
		subjects:  []string{deadPrefix + ">"},
		retention: jetstream.LimitsPolicy, maxAge: 90 * 24 * time.Hour, maxBytes: 64 << 20, discard: jetstream.DiscardOld,
		about: "what a consumer gave up on, for people to look at",
	},
}

func (d streamDef) config(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: d.name, Description: d.about, Subjects: d.subjects, Retention: d.retention, Discard: d.discard,
		MaxAge: d.maxAge, MaxBytes: d.maxBytes, Storage: jetstream.FileStorage, Replicas: replicas,
		Duplicates: dedupeWindow,
	}
}

// dedupeWindow is how long JetStream remembers event ids. Only an optimisation:
// consumers are idempotent in the database.
const dedupeWindow = 2 * time.Minute

// streamFor finds the stream of a subject or of a filter with wildcards.
func streamFor(subject string) (streamDef, bool) {
	for _, d := range streams {
		for _, pattern := range d.subjects {
			if covers(pattern, subject) {
				return d, true
			}
		}
	}
	return streamDef{}, false
}

// covers tells whether every subject that filter stands for matches pattern.
func covers(pattern, filter string) bool {
	p, f := strings.Split(pattern, "."), strings.Split(filter, ".")
	for i, tok := range p {
		if tok == ">" {
			return len(f) > i
		}
		if i >= len(f) || f[i] == "" || f[i] == ">" || tok != "*" && tok != f[i] {
			return false
		}
	}
	return len(p) == len(f)
}
