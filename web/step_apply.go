package web

import (
	"context"
	"slices"

	"juma/merchants"
	"juma/merchants/check"
)

// stepShown is a step to be shown.
type stepShown struct {
	step  string
	file  merchants.ApplicationFile
	code  string   // text code of what went wrong as a whole
	wrong problems // what could not be kept
	all   bool     // name what is missing too
}

// applyPage is what apply_step.html shows.
type applyPage struct {
	ID, Step, Code string
	Revision       int
	Stepper        Stepper
	Groups         []applyGroup
	Add            string // what another row is called, "" when none can be added
	Prev, Next     string // paths

	Pictures []applyPicture // of the step pictures
	Rates    []merchants.RateOffer
	Contract Field // of the step contract
	Review   applyReview
}

// applyGroup is a heading with controls.
type applyGroup struct {
	Title string
	Boxes []applyBox
}

// applyBox is a control and the template that draws it.
type applyBox struct {
	Control string
	Field   Field
}

// applyPicture is a picture that is asked for.
type applyPicture struct {
	Kind  merchants.PictureKind
	Field Field
	Sent  bool
}

// applyReview is what the last step shows before the application is sent.
type applyReview struct {
	Sections []applySection
	Problems []applyProblem
}

// applySection is what one step has gathered.
type applySection struct {
	Title, Path string
	Facts       []Fact
}

// applyProblem is a fault with the step that mends it.
type applyProblem struct{ Label, Text, Path string }

func (s *Server) showStep(ctx context.Context, r *request, status int, st stepShown) (response, error) {
	a := st.file
	texts, err := s.fieldTexts(ctx, r.lang, st)
	if err != nil {
		return response{}, err
	}
	i := slices.Index(applySteps, st.step)
	page := applyPage{
		ID: a.ID, Step: st.step, Code: st.code, Revision: a.Revision, Stepper: s.stepper(r.lang, a, st.step), Next: stepPath(a.ID, nextStep(st.step)),
		Contract: Field{
			Name: "contract", Value: s.cfg.Contract, Label: r.lang.text("apply.contract_accept", s.cfg.Contract), Checked: a.Profile.Contract == s.cfg.Contract,
			Error: texts["contract"], Required: true,
		},
	}
	if i > 0 {
		page.Prev = stepPath(a.ID, applySteps[i-1])
	}
	for _, g := range questionsOf(st.step, &a.Profile) {
		page.Groups = append(page.Groups, r.lang.group(g, a.Profile, texts))
	}
	switch st.step {
	case stepPictures:
		page.Pictures = r.lang.pictures(a, texts)
	case stepContract:
		page.Rates = StandardRates
	case stepSubmit:
		page.Review = applyReview{r.lang.sections(a), r.lang.problemList(a.ID, s.problemsOf(a.Profile, ""))}
	case stepStores:
		page.Add = r.lang.text("apply.add_store")
	case stepPeople:
		if a.Profile.Kind == merchants.Enterprise {
			page.Add = r.lang.text("apply.add_owner")
		}
	}
	return s.page(r, "apply_step", status, page), nil
}

// fieldTexts is what is written below fields: why the reviewer did not accept
// them, what rule they break, why they could not be kept; the last word wins.
func (s *Server) fieldTexts(ctx context.Context, l lang, st stepShown) (map[string]string, error) {
	texts := map[string]string{}
	if st.file.State == merchants.Rejected {
		reasons, err := s.cfg.Applications.ReasonsOf(ctx, st.file.ID, st.file.Submission)
		if err != nil {
			return nil, err
		}
		for _, reason := range reasons {
			texts[reason.Path] = l.reason(reason)
		}
	}
	for _, p := range s.problemsOf(st.file.Profile, st.step) {
		if st.all || !onlyMissing(p) {
			texts[p.Field] = l.text("rule." + p.Rule)
		}
	}
	for path := range st.wrong {
		texts[path] = l.problem(st.wrong, path)
	}
	return texts, nil
}

// reason is why a field was not accepted, in words.
func (l lang) reason(r merchants.Reason) string {
	text := l.text("apply.reason." + r.Code)
	if r.Text != "" {
		text += " " + r.Text
	}
	return text
}

func (s *Server) stepper(l lang, a merchants.ApplicationFile, current string) Stepper {
	state := map[string]string{}
	for _, p := range s.problemsOf(a.Profile, "") {
		step := stepOf(p.Field)
		if onlyMissing(p) && state[step] == "" {
			state[step] = "todo"
		} else if !onlyMissing(p) {
			state[step] = "error"
		}
	}
	out := Stepper{Label: l.text("apply.steps")}
	for _, step := range applySteps {
		one := Step{Text: l.text("apply.step." + step), State: state[step], Path: stepPath(a.ID, step)}
		switch {
		case step == current:
			one.State = "current"
		case step == stepSubmit:
			one.State = "todo"
		case one.State == "":
			one.State = "done"
		}
		out.Steps = append(out.Steps, one)
	}
	return out
}

// group makes the controls of a group of questions.
func (l lang) group(g questionGroup, p merchants.Profile, texts map[string]string) applyGroup {
	title := l.text("apply.group." + g.title)
	if g.n > 0 {
		title = l.text("apply.numbered", title, g.n)
	}
	out := applyGroup{Title: title}
	for _, q := range g.questions {
		out.Boxes = append(out.Boxes, l.box(q, p, texts[q.path]))
	}
	return out
}

// modes are the keyboards for numbers, and the longest values.
var modes = map[check.What]struct {
	mode string
	max  int
}{
	check.USCC: {"text", 24}, check.IDNo: {"text", 24}, accountNo: {"numeric", 40}, check.CNAPS: {"numeric", 20}, check.Phone: {"tel", 20}, check.Email: {"email", 100},
	check.PersonName: {"", 25}, check.HolderName: {"", 60}, check.BusinessName: {"", 60}, check.ShortName: {"", 30}, check.Address: {"", 120},
}

func (l lang) box(q question, p merchants.Profile, wrong string) applyBox {
	word := labelWord(q.path)
	f := Field{
		Name: q.path, Label: l.text("apply.field." + word), Value: q.value(), Error: wrong, Required: !q.optional, Autocomplete: q.complete,
		Check: string(q.what), Mode: modes[q.what].mode, Max: modes[q.what].max,
	}
	if word == "name" && p.Kind == merchants.Micro {
		f.Label = l.text("apply.micro_name")
	}
	if hint := "apply.hint." + word; catalogue[hint] != [2]string{} {
		f.Hint = l.text("apply.hint." + word)
	}
	switch {
	case q.date != nil:
		f.Type = "date"
	case q.share != nil:
		f.Mode, f.Max = "decimal", 7
	case q.options == "regions":
		f.Options, f.Empty = l.regions(), l.text("apply.choose")
	case q.options == "businesses":
		f.Options, f.Empty, f.Value = l.businesses(), l.text("apply.choose"), businessOf(q.value())
	case q.control == "choice":
		f.Options = l.accountKinds(p.Kind)
	}
	control := q.control
	if control == "" {
		control = "input"
	}
	return applyBox{control, f}
}

func (l lang) regions() []Option {
	var all []Option
	for _, place := range check.Places() {
		all = append(all, option(place.Region, check.RegionName(place.Region, l.tag())))
	}
	return all
}

func (l lang) businesses() []Option {
	var all []Option
	for _, b := range check.Businesses() {
		all = append(all, option(b.Key, b.Name.In(l.tag())))
	}
	return all
}

// businessOf is the first business kind that stands for a category.
func businessOf(mcc string) string {
	all := check.Businesses()
	if i := slices.IndexFunc(all, func(b check.Business) bool { return b.MCC == mcc }); i >= 0 {
		return all[i].Key
	}
	return ""
}

func (l lang) accountKinds(k merchants.Kind) []Option {
	corporate := option(merchants.Corporate, l.text("apply.account.corporate"), l.text("apply.account.corporate_text"))
	corporate.Disabled = k == merchants.Micro
	return []Option{corporate, option(merchants.Personal, l.text("apply.account.personal"), l.text("apply.account.personal_text"))}
}

func (l lang) pictures(a merchants.ApplicationFile, texts map[string]string) []applyPicture {
	var all []applyPicture
	for _, kind := range check.Pictures(a.Profile.Kind) {
		path := "pictures." + string(kind)
		one := applyPicture{Kind: kind, Field: Field{
			Name: "picture", ID: "f-" + path, Label: l.text("apply.picture." + string(kind)), Accept: "image/jpeg,image/png,image/webp", Error: texts[path], Required: true,
		}}
		if address := pictureAddress(a, kind); address != "" {
			one.Field.Preview, one.Sent = address, true
		}
		all = append(all, one)
	}
	return all
}

// pictureAddress is where the application's picture of a kind is served, "" when
// there is none.
func pictureAddress(a merchants.ApplicationFile, kind merchants.PictureKind) string {
	for _, ref := range a.Profile.Pictures {
		if ref.Kind == kind {
			return stepPath(a.ID, stepPictures) + "/" + ref.UploadID
		}
	}
	return ""
}

// problemList says each fault in words, with the step that mends it.
func (l lang) problemList(id string, all []merchants.Problem) []applyProblem {
	var out []applyProblem
	for _, p := range all {
		out = append(out, applyProblem{l.label(p.Field), l.text("rule." + p.Rule), stepPath(id, stepOf(p.Field)) + "#f-" + p.Field})
	}
	return out
}
