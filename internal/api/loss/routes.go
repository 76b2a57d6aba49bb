// Package loss answers for footage-loss statements and storage faults.
package loss

import (
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Losses and faults"

type listInput struct {
	State  string    `query:"state" enum:"open,explained,signed"`
	Camera string    `query:"camera" maxLength:"40"`
	From   time.Time `query:"from" doc:"Opened at or after."`
	To     time.Time `query:"to" doc:"Opened before."`
	Before int64     `query:"before" minimum:"0" doc:"Only lower numbers, to read on."`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type explainInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LossExplanationInput
}

type signInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LossSignInput
}

type faultsInput struct {
	Open      bool `query:"open" doc:"Only those that are not closed."`
	Escalated bool `query:"escalated" doc:"Only those that leaders were told of."`
	Limit     int  `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type acknowledgeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Note string `json:"note,omitempty" maxLength:"500"`
	}
}

type giveUpInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" example:"磁盘损坏，已报废"`
	}
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listLosses", Method: http.MethodGet, Path: "/api/v1/losses", Tag: tag, Demand: route.Needs(access.SystemRead),
		Summary: "List footage-loss statements, the newest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "getLoss", Method: http.MethodGet, Path: "/api/v1/losses/{id}", Tag: tag, Demand: route.Needs(access.SystemRead),
		Summary: "Read a footage-loss statement with the neighbouring cameras",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "explainLoss", Method: http.MethodPost, Path: "/api/v1/losses/{id}/explain", Tag: tag, Demand: route.Needs(access.LossExplain),
		Summary: "Explain a footage-loss statement, or correct the explanation",
		About:   "Nothing is changed: a correction names what it corrects, and must be signed anew.",
	}, x.explain)
	route.Do(r, route.Operation{
		ID: "signLoss", Method: http.MethodPost, Path: "/api/v1/losses/{id}/sign", Tag: tag, Demand: route.Needs(access.LossSign),
		Summary: "Sign a footage-loss statement",
		About:   "Three people sign, each on another line: 409 loss_line_signed, 409 loss_signed_by_same. 403 loss_line_position with params.positions where the house lets others sign it; 422 loss_position.",
	}, x.sign)
	route.Do(r, route.Operation{
		ID: "listStorageFaults", Method: http.MethodGet, Path: "/api/v1/storage-faults", Tag: tag, Demand: route.Needs(access.StorageRead, access.FaultAcknowledge),
		Summary: "List storage faults, the newest first",
	}, x.faults)
	route.Do(r, route.Operation{
		ID: "acknowledgeStorageFault", Method: http.MethodPost, Path: "/api/v1/storage-faults/{id}/acknowledge", Tag: tag, Demand: route.Needs(access.FaultAcknowledge),
		Summary: "Put on record that one has seen a storage fault",
		About:   "It ends neither the fault nor its signal.",
	}, x.acknowledge)
	route.Do(r, route.Operation{
		ID: "giveUpPlace", Method: http.MethodPost, Path: "/api/v1/storage-faults/{id}/give-up", Tag: tag, Demand: route.Needs(access.RetentionConfigure),
		Summary: "Give up a disk or archive tier that the configuration no more has",
		About:   "Asked is whoever may set for how long the footage of all cameras is kept. What lay there counts as missing from then on; it is mended when the place is configured again and the files are what was recorded.",
	}, x.giveUp)
}
