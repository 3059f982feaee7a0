package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay"
	"juma/acquiring/channel/unionpay"
	"juma/acquiring/channel/wechat"
	"juma/internal/fault"
)

// ParseWallets reads the JSON object: for each channel, and for each further account
// (channel.Name says how they are called), an object of the channel's form. Errors name
// the account and the field.
func ParseWallets(data []byte) (Wallets, error) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return Wallets{}, fmt.Errorf("wallet configuration: %w; want one JSON object as juma sandbox --json prints it", err)
	}
	var w Wallets
	for key, part := range parts {
		if err := w.take(key, part); err != nil {
			return Wallets{}, fmt.Errorf("wallet configuration: %s: %w", key, err)
		}
	}
	if err := w.check(); err != nil {
		return Wallets{}, fmt.Errorf("wallet configuration: %w", err)
	}
	return w, nil
}

// take reads the object under one key.
func (w *Wallets) take(key string, part json.RawMessage) error {
	if key == "control_url" {
		return plainJSON(json.Unmarshal(part, &w.ControlURL))
	}
	name, err := channel.ParseName(key)
	if err != nil {
		return err
	}
	at := w
	if name.Label() != "" {
		at = &Wallets{}
	}
	if err := at.takeAs(name.Base(), part); err != nil {
		return err
	}
	if at != w {
		if w.Further == nil {
			w.Further = map[channel.Name]Wallets{}
		}
		w.Further[name] = *at
	}
	return nil
}

func (w *Wallets) takeAs(base channel.Name, part json.RawMessage) error {
	var into any
	switch base {
	case channel.WeChat:
		w.WeChat = new(wechat.Config)
		into = w.WeChat
	case channel.Alipay:
		w.Alipay = new(alipay.Config)
		into = w.Alipay
	case channel.UnionPay:
		w.UnionPay = new(unionpay.Config)
		into = w.UnionPay
	case channel.UnionPayAggregate:
		w.Aggregate = new(Aggregate)
		into = w.Aggregate
	}
	if !strings.HasPrefix(strings.TrimSpace(string(part)), "{") {
		return fmt.Errorf("want an object with the account's numbers and keys")
	}
	return plainJSON(json.Unmarshal(part, into))
}

// plainJSON says which field has what it should not have, without its value, which may
// be a key.
func plainJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: want a %s, not a %s", strings.TrimPrefix(wrong.Field, "Config."), wrong.Type, wrong.Value) // an embedded form has no name in the file
	}
	return err
}

// number is what the channel knows the account by. Two accounts with one number would be
// one account twice: its statement would be counted twice.
func (w Wallets) number(name channel.Name) string {
	if name.Label() != "" {
		return w.Further[name].number(name.Base())
	}
	switch {
	case name == channel.WeChat && w.WeChat != nil:
		return w.WeChat.SPMchID
	case name == channel.Alipay && w.Alipay != nil:
		return w.Alipay.PID
	}
	return ""
}

// identities are the fields by which a channel's accounts differ, with their values.
func (w Wallets) identities(base channel.Name) [][2]string {
	switch {
	case base == channel.WeChat && w.WeChat != nil:
		return [][2]string{{"sp_mchid", w.WeChat.SPMchID}}
	case base == channel.Alipay && w.Alipay != nil:
		return [][2]string{{"app_id", w.Alipay.AppID}, {"pid", w.Alipay.PID}}
	case base == channel.UnionPay && w.UnionPay != nil:
		return [][2]string{{"cert_id", w.UnionPay.CertID}}
	case base == channel.UnionPayAggregate && w.Aggregate != nil:
		return [][2]string{{"ser_prov_id", w.Aggregate.SerProvID}, {"acp.cert_id", w.Aggregate.Acp.CertID}}
	}
	return nil
}

// check compares further accounts with the others of their channel.
func (w Wallets) check() error {
	seen := map[string]channel.Name{}
	several := map[channel.Name]bool{}
	for name := range w.Further {
		several[name.Base()] = true
	}
	for _, name := range w.Configured() {
		at := w
		if name.Label() != "" {
			at = w.Further[name]
			if !slices.Contains(w.Configured(), name.Base()) {
				return fault.Field("app.ParseWallets", string(name), "", "is a further account of %s, which has no first one: call it %s", name.Base(), name.Base())
			}
			if at.WeChat != nil && at.WeChat.SPAppID != w.WeChat.SPAppID {
				return fault.Field("app.ParseWallets", string(name)+".sp_appid", at.WeChat.SPAppID,
					"want %s as in %s: payers are known by what they are called there, and another official account calls them otherwise", w.WeChat.SPAppID, name.Base())
			}
		}
		for _, f := range at.identities(name.Base()) {
			if f[1] == "" && several[name.Base()] {
				return fault.Field("app.ParseWallets", string(name)+"."+f[0], "", "is missing; it tells the accounts of %s apart", name.Base())
			}
			key := string(name.Base()) + "." + f[0] + "." + f[1]
			if other, twice := seen[key]; twice && f[1] != "" {
				return fault.Field("app.ParseWallets", string(name)+"."+f[0], f[1], "is that of %s: two accounts have two numbers", other)
			}
			seen[key] = name
		}
	}
	return nil
}
