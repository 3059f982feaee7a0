package wiretap_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/around"
	"juma/acquiring/channel/wiretap"
	"juma/internal/clock"
)

// caller is an adapter that asks an address and answers what came.
type caller struct {
	channel.Adapter
	url string
}

func (c caller) Name() channel.Name { return channel.WeChat }

func (c caller) Query(ctx context.Context, ref channel.OrderRef) (channel.PaymentResult, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(`{"out_trade_no":"`+ref.OrderNo+`","key":"secret"}`))
	if err != nil {
		return channel.PaymentResult{}, err
	}
	res, err := wiretap.Client(http.DefaultClient).Do(req)
	if err != nil {
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Unknown}}, nil
	}
	defer res.Body.Close()
	_, err = io.ReadAll(res.Body)
	if err != nil {
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Unknown}}, nil
	}
	return channel.PaymentResult{Result: channel.Result{Outcome: channel.Succeeded}}, nil
}

// shelf keeps tapes.
type shelf []channel.Exchange

func (s *shelf) KeepTape(c around.Call, _ channel.Outcome, t channel.Tape) {
	if c.OrderNo == "P1" && c.Method == around.Query {
		*s = append(*s, t.Exchanges...)
	}
}

// TestTapeTravelsWithTheAnswer: request and answer are kept whole and masked, a broken
// answer and none say so, and the caller sees no tape.
func TestTapeTravelsWithTheAnswer(t *testing.T) {
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/well":
			w.Write([]byte(`{"trade_state":"SUCCESS","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}`))
		case "/half":
			w.Header().Set("Content-Length", "100")
			w.Write([]byte(`{"trade_state":`))
		case "/long":
			w.Write([]byte(strings.Repeat(" ", 64<<10)))
		}
	}))
	defer wallet.Close()
	clk := clock.NewSim(time.Unix(0, 0), 1)
	for path, want := range map[string]channel.Exchange{
		"/well?access_token=secret": {Status: 200, Answer: "oUpF****eS6o"},
		"/half":                     {Status: 200, Answer: "bytes)", Problem: channel.BrokeOff},
		"/long":                     {Status: 200, Answer: "…", Problem: channel.TooLong},
		"":                          {Problem: channel.LineFailed},
	} {
		url := wallet.URL + path
		if path == "" {
			url = "http://127.0.0.1:1/"
		}
		var kept shelf
		a := wiretap.Keep(wiretap.Record(caller{url: url}, clk, clk), &kept, clk)
		res, err := a.Query(t.Context(), channel.OrderRef{OrderNo: "P1"})
		if err != nil || res.Tape != nil || len(kept) != 1 {
			t.Fatalf("%s: %v, %d kept", path, err, len(kept))
		}
		x := kept[0]
		if x.Status != want.Status || !strings.Contains(x.Answer, want.Answer) || x.Problem != want.Problem || !strings.Contains(x.Request, `"out_trade_no": "P1"`) {
			t.Errorf("%s: %+v", path, x)
		}
		if strings.Contains(x.URL+x.Request+x.Answer, "secret") || strings.Contains(x.Answer, "8uMuAJO") {
			t.Errorf("%s: not masked: %+v", path, x)
		}
	}
}
