package wechat

import (
	"fmt"
	"net/http"
)

// apiError is a refusal as API v3 writes it.
type apiError struct {
	status  int
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Detail  *detail `json:"detail,omitempty"`
}

// detail names the field of a PARAM_ERROR.
type detail struct {
	Field    string `json:"field"`
	Value    string `json:"value"`
	Issue    string `json:"issue"`
	Location string `json:"location"`
}

// Error prints code and message.
func (e *apiError) Error() string { return e.Code + ": " + e.Message }

// The codes that are used here, with their HTTP status.
const (
	paramError      = "PARAM_ERROR"
	invalidRequest  = "INVALID_REQUEST"
	orderClosed     = "ORDER_CLOSED"
	appMchNotMatch  = "APPID_MCHID_NOT_MATCH"
	noStatement     = "NO_STATEMENT_EXIST"
	signError       = "SIGN_ERROR"
	noAuth          = "NO_AUTH"
	tradeError      = "TRADE_ERROR"
	ruleLimit       = "RULE_LIMIT"
	outTradeNoUsed  = "OUT_TRADE_NO_USED"
	orderNotExist   = "ORDER_NOT_EXIST"
	resourceMissing = "RESOURCE_NOT_EXISTS"
	systemError     = "SYSTEM_ERROR"
	notEnough       = "NOT_ENOUGH"
	authCodeExpired = "AUTH_CODE_EXPIRE" // how v3 spells it is not confirmed; v2 has AUTHCODEEXPIRE
)

var statusOf = map[string]int{
	paramError: http.StatusBadRequest, invalidRequest: http.StatusBadRequest, orderClosed: http.StatusBadRequest,
	appMchNotMatch: http.StatusBadRequest, noStatement: http.StatusBadRequest, signError: http.StatusUnauthorized,
	noAuth: http.StatusForbidden, tradeError: http.StatusForbidden, ruleLimit: http.StatusForbidden,
	outTradeNoUsed: http.StatusForbidden, orderNotExist: http.StatusNotFound, resourceMissing: http.StatusNotFound,
	systemError: http.StatusInternalServerError, userPaying: http.StatusAccepted,
	notEnough: http.StatusForbidden, authCodeExpired: http.StatusBadRequest,
}

func refuse(code, format string, args ...any) *apiError {
	return &apiError{status: statusOf[code], Code: code, Message: fmt.Sprintf(format, args...)}
}

// badParam is a PARAM_ERROR that names its field. Location is "body", "query"
// or "header".
func badParam(location, field, value, format string, args ...any) *apiError {
	e := refuse(paramError, "参数错误: %s %s", field, fmt.Sprintf(format, args...))
	e.Detail = &detail{Field: field, Value: value, Issue: fmt.Sprintf(format, args...), Location: location}
	return e
}
