import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng
from neurograph.errors import InvalidTypeError, InvalidValueError, NotComputedError


@pytest.fixture
def scenario() -> ng.Scenario:
    """Return Mazur's example."""
    return ng.load_scenario("mazur_2015")


@pytest.fixture
def steps(scenario: ng.Scenario) -> ng.Trace:
    """Return the trace of its first round."""
    return ng.trace(scenario.network(), scenario.inputs, scenario.targets, learning_rate=0.5)


#: What each computes of the weight 1, the gradient 3 and the rate 0.1, by the papers.
OF_EACH = {
    "gradient_descent": {"weight": 0.7},
    "momentum": {"velocity": 3.0, "change": -0.3, "weight": 0.7},
    "nesterov": {"velocity": 3.0, "unshifted": 0.7, "change": -0.57, "weight": 0.43},
    "adagrad": {"squares": 9.0, "change": -0.1, "weight": 0.9},
    "rmsprop": {"mean_square": 0.9, "change": -0.1 * 10**0.5, "weight": 1 - 0.1 * 10**0.5},
    "adadelta": {
        "mean_square": 0.45, "rescaled": 3e-3 / 0.450001**0.5,
        "mean_square_change": 0.05 * 9e-6 / 0.450001, "change": -3e-4 / 0.450001**0.5,
        "weight": 1 - 3e-4 / 0.450001**0.5,
    },
    "adam": {
        "m": 0.3, "v": 0.009, "m_hat": 3.0, "v_hat": 9.0, "change": -0.1, "weight": 0.9,
    },
}  # fmt: skip


class TestOptimizers:
    @pytest.mark.parametrize("order", ["simultaneous", "in_place"])
    @pytest.mark.parametrize("optimizer", OF_EACH)
    def test_what_it_computes(self, optimizer: str, order: str) -> None:
        """What is remembered, the change and the weight come in the order of the equations."""
        net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
        given = [3.0], [2.0], 0.1, order
        trace = ng.trace(net, *given, optimizer=optimizer)
        events = trace.filter(phase="update")
        assert {e.quantity: e.value for e in events} == pytest.approx(OF_EACH[optimizer], rel=1e-7)
        assert [e.quantity for e in events] == list(OF_EACH[optimizer])
        for event in events:
            assert event.meaning
            assert trace.go_to(event.number) == event
            assert net.value(event.address) == event.value
        trace.go_to(0)
        assert not {"velocity", "m", "change"} & set(net.edges["i1", "o1"])
        messages = list(net.messages(*given, optimizer=optimizer))
        assert [(m.address, m.value) for m in messages] == [(e.address, e.value) for e in trace]

    def test_nothing_is_known_before_it_is_computed(self) -> None:
        """A velocity is carried from its own message on, not before."""
        net = ng.Network.layered(1, 1, weights=1.0, bias=0.0, activation="identity")
        connection = net.edges["i1", "o1"]
        for message in net.messages([3.0], [2.0], 0.1, optimizer="momentum"):
            if message.address == "w1.velocity":
                break
            assert "velocity" not in connection
        assert connection.velocity == 3.0
        assert "bias_velocity" not in net.nodes["o1"]

    def test_it_is_the_first_step_of_a_training(self, scenario: ng.Scenario) -> None:
        """Adam changes all of Mazur's weights as a training of one epoch does."""
        trace = ng.trace(
            scenario.network(), scenario.inputs, scenario.targets, 0.5, optimizer="adam"
        )
        trace.go_to(len(trace))
        net = scenario.network()
        net.train(scenario.inputs, scenario.targets, learning_rate=0.5, epochs=1, optimizer="adam")
        weights = [(net.edges[e].weight, trace.net.edges[e].weight) for e in net.edges]
        assert all(one == other for one, other in weights)

    def test_it_is_kept_by_its_name(self, scenario: ng.Scenario, tmp_path: Path) -> None:
        """A file says which optimiser it was."""
        trace = ng.trace(
            scenario.network(), scenario.inputs, scenario.targets, 0.5, optimizer="adam"
        )
        trace.write(tmp_path / "events.jsonl")
        kept = ng.Trace.read(tmp_path / "events.jsonl")
        assert kept == trace
        assert (kept.optimizer, trace.optimizer) == ("adam", ng.optimizers.Adam())


class TestWalking:
    @CHECKED
    @given(plain_networks(), st.sampled_from(["simultaneous", "in_place"]), st.data())
    def test_there_and_back(self, plain: Plain, order: str, data: st.DataObject) -> None:
        """Walking anywhere and back to the start leaves the network exactly as it was."""
        net = plain.network()
        inputs, targets = plain.data
        if data.draw(st.booleans(), "an earlier pass"):
            net.forward(inputs)
            net.backward(targets)
        if data.draw(st.booleans(), "an earlier update"):
            net.step(inputs, targets, 0.1)
        before = snapshot(net)
        trace = ng.trace(net, inputs, targets, learning_rate=0.25, order=order)
        assert snapshot(net) == before
        for place in data.draw(st.lists(st.integers(0, len(trace)), max_size=4), "places"):
            trace.go_to(place)
        trace.go_to(0)
        assert snapshot(net) == before

    @CHECKED
    @given(plain_networks(), st.sampled_from(["simultaneous", "in_place"]))
    def test_end_is_a_step(self, plain: Plain, order: str) -> None:
        """At its end the objects carry what a step leaves on them."""
        inputs, targets = plain.data
        walked, stepped = plain.network(), plain.network()
        trace = ng.trace(walked, inputs, targets, learning_rate=0.25, order=order)
        trace.go_to(len(trace))
        stepped.step(inputs, targets, 0.25, order=order)
        assert snapshot(walked) == snapshot(stepped)

    @CHECKED
    @given(plain_networks(), st.data())
    def test_same_way_as_messages(self, plain: Plain, data: st.DataObject) -> None:
        """Its events are the messages of the passes, and each is carried when it has happened."""
        inputs, targets = plain.data
        net = plain.network()
        trace = ng.trace(net, inputs, targets, learning_rate=0.25)
        other = plain.network()
        for event, message in zip(trace, other.messages(inputs, targets, 0.25), strict=True):
            assert event.address == message.address
            assert trace.step() is event
            carried = net.value(event.address)
            assert repr(carried) == repr(event.value) == repr(message.value)
        assert trace.step() is None

    def test_what_is_known(self, scenario: ng.Scenario) -> None:
        """What has not happened yet is not known."""
        net = scenario.network()
        trace = ng.trace(net, scenario.inputs, scenario.targets)
        trace.go_to("h1.net")
        assert net.nodes["h1"].net == pytest.approx(0.3775, rel=1e-15)
        assert "out" not in net.nodes["h1"]
        assert "net" not in net.nodes["h2"]
        assert trace.back().address == "h1.net"  # type: ignore[union-attr]
        assert "net" not in net.nodes["h1"]

    def test_weights_come_back(self, scenario: ng.Scenario) -> None:
        """A weight is the new one after its update and the old one before."""
        net = scenario.network()
        trace = ng.trace(net, scenario.inputs, scenario.targets, learning_rate=0.5)
        trace.go_to("w5.weight")
        assert net.value("w5.weight") == pytest.approx(0.35891648, abs=5e-9)
        assert net.value("w6.weight") == 0.45
        trace.back()
        assert net.value("w5.weight") == 0.4

    def test_no_backward_with_new_weights(self, scenario: ng.Scenario) -> None:
        """After an update the passes refuse to go on with old outs, as they do after a step."""
        net = scenario.network()
        trace = ng.trace(net, scenario.inputs, scenario.targets, learning_rate=0.5)
        trace.go_to(len(trace))
        with pytest.raises(NotComputedError, match="weights or biases have changed"):
            net.backward(scenario.targets)
        trace.go_to("w1.gradient")
        assert net.backward(scenario.targets) == pytest.approx(0.298371109, abs=5e-10)

    def test_outs_are_explained_until_a_weight_changes(self, steps: ng.Trace) -> None:
        """As long as no update has happened the outs follow from the weights that are there."""
        out = steps.find("o2.out")
        for event in steps[out.number - 1 :]:
            steps.go_to(event.number)
            if event.phase != "update":
                assert ng.explain(steps.net, "o2.out").value == out.value
            else:
                with pytest.raises(NotComputedError, match="before weights or biases changed"):
                    ng.explain(steps.net, "o2.out")

    @pytest.mark.parametrize("at", [0, 10])
    @pytest.mark.parametrize(
        "change",
        [
            lambda net: net.set_value("w5.weight", 0.3),
            lambda net: net.forward([1.0, 1.0]),
            lambda net: net.add_neuron("i3"),
        ],
    )
    def test_changed_underneath(self, steps: ng.Trace, at: int, change: object) -> None:
        """A network that something else has changed is not walked on: that would overwrite it."""
        steps.go_to(at)
        change(steps.net)  # type: ignore[operator]
        before = snapshot(steps.net)
        for walk in (steps.step, steps.back, lambda: steps.go_to(3)):
            with pytest.raises(NotComputedError, match="changed since the last step of this trace"):
                walk()
        assert snapshot(steps.net) == before

    def test_start_and_end(self, steps: ng.Trace) -> None:
        """Beyond the start and the end nothing happens."""
        assert steps.back() is None
        assert steps.go_to(0) is None
        steps.go_to(len(steps))
        assert steps.step() is None
        assert steps.position == len(steps)

    def test_batch(self) -> None:
        """Over a batch an event has the values of all samples, which nobody can write to."""
        net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        trace = ng.trace(net, [[1.0], [2.0]], [[0.0], [0.0]])
        assert trace.find("o1.net").value.tolist() == [0.5, 1.0]  # type: ignore[union-attr]
        with pytest.raises(ValueError, match="read-only"):
            trace.find("o1.net").value[0] = 7.0  # type: ignore[index]

    def test_rounded(self) -> None:
        """A trace rounds as the passes do."""
        net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]])
        assert ng.trace(net, [1, 0], digits=4).find("o1.out").value == 0.525

    def test_overflow(self) -> None:
        """What overflows is an infinite value, without a warning."""
        net = ng.Network.layered(1, 1, weights=1e300, activation="identity")
        assert ng.trace(net, [1e300]).find("o1.out").value == np.inf


class TestLooking:
    def test_filter_neuron(self, steps: ng.Trace) -> None:
        """A neuron's events are its own values and those on its connections."""
        found = [event.address for event in steps.filter(neuron="h1", phase="forward")]
        assert found == ["w1.message", "w2.message", "h1.net", "h1.out", "w5.message", "w7.message"]

    def test_filter_address(self, steps: ng.Trace) -> None:
        """An address picks its own events."""
        (event,) = steps.filter(address="w5.gradient")
        assert event.value == pytest.approx(0.082167041, abs=5e-10)

    def test_arrow_address(self, steps: ng.Trace) -> None:
        """A connection may be called by its neurons."""
        assert steps.find("h1->o1.gradient").address == "w5.gradient"

    def test_meaning(self, steps: ng.Trace) -> None:
        """An event says what it is."""
        assert steps.find("h1.net").meaning == "net_j = sum_i w_ij * out_i + bias_j"
        expected = "w+ = w + change: the parameter after an update"
        assert steps.find("w5.weight").meaning == expected

    def test_table(self, steps: ng.Trace) -> None:
        """A table has a line an event."""
        lines = steps.table().splitlines()
        assert len(lines) == len(steps)
        assert lines[4].split() == ["5", "forward", "h1.net", "0.3775"]
        assert ng.traces.Trace(()).table() == ""

    def test_slices(self, steps: ng.Trace) -> None:
        """A trace is a sequence."""
        assert steps[:2] == (steps[0], steps[1])
        assert steps[0].address == "i1.out"
        assert steps[0] in steps


class TestDifference:
    def given(self, scenario: ng.Scenario) -> tuple[object, ...]:
        """Return what a round of the example takes."""
        return scenario.network(), scenario.inputs, scenario.targets, 0.5

    def test_orders(self, scenario: ng.Scenario) -> None:
        """Simultaneous and in place part at dE/dout_h1, where w5 and w7 have changed already."""
        ours = ng.trace(*self.given(scenario))
        theirs = ng.trace(*self.given(scenario), order="in_place")
        found = ours.first_difference(theirs)
        assert found is not None
        assert found.address == "h1.out_gradient"
        assert [part[0].address for part in found.parts] == ["w5.error_message", "w7.error_message"]
        # delta_o1 * w5+ and delta_o2 * w7+ of the printed values, exact to half a unit of their
        # ninth decimal
        assert found.parts[0][1].value == pytest.approx(0.138498562 * 0.35891648, rel=1e-8)
        assert found.parts[1][1].value == pytest.approx(-0.038098237 * 0.511301270, rel=2e-8)
        message = ours.first_difference(theirs, messages=True)
        assert message is not None
        assert message.address == "w5.error_message"

    def test_only_messages(self, steps: ng.Trace) -> None:
        """A message that differs alone is found."""
        events = [
            ng.traces.TraceEvent(e.number, e.phase, e.name, e.quantity, 0.0, e.neurons)
            if e.address == "w3.message" else e
            for e in steps
        ]  # fmt: skip
        found = steps.first_difference(ng.traces.Trace(events))
        assert found is not None
        assert found.address == "w3.message"

    def test_same(self, scenario: ng.Scenario, steps: ng.Trace) -> None:
        """Equal traces have no difference, and a tolerance may make them equal."""
        again = ng.trace(*self.given(scenario))
        assert steps.first_difference(again) is None
        assert steps == again
        again.net.set_value("w1.weight", 0.15 * (1 + 1e-12))
        nearly = ng.trace(again.net, scenario.inputs, scenario.targets, 0.5)
        assert steps.first_difference(nearly) is not None
        assert steps.first_difference(nearly, rtol=1e-9) is None
        assert steps != nearly

    def test_one_is_longer(self, scenario: ng.Scenario, steps: ng.Trace) -> None:
        """An event that only one trace has is a difference, whichever it is."""
        short = ng.trace(scenario.network(), scenario.inputs, scenario.targets)
        ours, theirs = steps.first_difference(short), short.first_difference(steps)
        assert ours is not None
        assert theirs is not None
        assert str(ours) == "w1.weight: only in the first trace"
        assert str(theirs) == "w1.weight: only in the second trace"


class TestKeeping:
    def test_there_and_back(self, steps: ng.Trace, tmp_path: object) -> None:
        """A trace that is read is the one that was written."""
        file = tmp_path / "trace.jsonl"  # type: ignore[operator]
        steps.write(file)
        read = ng.Trace.read(file)
        assert read == steps
        assert (read.order, read.learning_rate, read.digits) == ("simultaneous", 0.5, None)
        assert [part.name for part in tmp_path.iterdir()] == ["trace.jsonl"]  # type: ignore[attr-defined]
        first, second = file.read_text(encoding="utf-8").splitlines()[:2]
        assert json.loads(first)["events"] == len(steps)
        assert json.loads(second)["address"] == "i1.out"

    def test_batch_and_infinity(self, tmp_path: object) -> None:
        """Values of a batch, and values that JSON does not know, come back."""
        file = tmp_path / "trace.jsonl"  # type: ignore[operator]
        net = ng.Network.layered(1, 1, weights=1e300, activation="identity")
        trace = ng.trace(net, [[1e300], [1.0]])
        trace.write(file)
        assert ng.Trace.read(file).find("o1.out").value.tolist() == [np.inf, 1e300]  # type: ignore[union-attr]
        assert ng.Trace.read(file) == trace

    def test_no_network(self, steps: ng.Trace, tmp_path: object) -> None:
        """A trace from a file cannot be walked along."""
        file = tmp_path / "trace.jsonl"  # type: ignore[operator]
        steps.write(file)
        with pytest.raises(NotComputedError, match="has no network to walk through"):
            ng.Trace.read(file).step()

    def test_pandas_rows(self, steps: ng.Trace) -> None:
        """Events are also given as dicts."""
        assert steps.to_dicts()[4] == {
            "number": 5,
            "phase": "forward",
            "address": "h1.net",
            "value": pytest.approx(0.3775, rel=1e-15),
            "neurons": ["h1"],
        }

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "line 1 is not the heading of a trace"),
            ("[]\n", "line 1 is not the heading of a trace"),
            ('{"format": "other"}\n', "line 1 is not the heading of a trace"),
            ('{"format": "neurograph trace 1", "events": 2, "order": "simultaneous",'
             ' "learning_rate": null, "digits": null}\n'
             '{"number": 1, "phase": "forward", "address": "i1.out", "value": 1, "neurons": ["i1"]}'
             "\n", "has 1 events where its heading says 2; is it cut off"),
            ('{"format": "neurograph trace 1", "events": 1, "order": "simultaneous",'
             ' "learning_rate": null, "digits": null}\n'
             '{"number": 1, "phase": "forward", "address": "i1.outt", "value": 1, "neurons": []}\n',
             "line 2 is not event 1"),
            ('{"format": "neurograph trace 1", "events": 1, "order": "simultaneous",'
             ' "learning_rate": null, "digits": null}\n{"number": 1, "p', "line 2 is not event 1"),
        ],
    )  # fmt: skip
    def test_wrong_file(self, text: str, message: str, tmp_path: object) -> None:
        """A file that is no trace is one error that names the line."""
        file = tmp_path / "trace.jsonl"  # type: ignore[operator]
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidValueError, match=message):
            ng.Trace.read(file)

    def test_no_file(self, steps: ng.Trace, tmp_path: object) -> None:
        """A path that cannot be read or written is one error."""
        missing = tmp_path / "no" / "trace.jsonl"  # type: ignore[operator]
        with pytest.raises(InvalidValueError, match="cannot be read: No such file"):
            ng.Trace.read(missing)
        with pytest.raises(InvalidValueError, match="cannot be written: there is no folder"):
            steps.write(missing)


class TestWrongInput:
    def test_unknown(self, steps: ng.Trace) -> None:
        """What is not in the trace is named, with the nearest that is."""
        with pytest.raises(ng.UnknownNameError, match=r"'h1.nett'.*did you mean 'net'"):
            steps.find("h1.nett")
        with pytest.raises(ng.UnknownNameError, match=r"no value of 'h3.net'.*did you mean"):
            steps.go_to("h3.net")
        with pytest.raises(ng.UnknownNameError, match=r"no neuron 'h3'.*did you mean"):
            steps.filter(neuron="h3")
        with pytest.raises(ng.UnknownNameError, match=r"no phase 'foward'.*'forward'"):
            steps.filter(phase="foward")
        with pytest.raises(ng.UnknownNameError, match="no phase 'x'; the phases are forward, back"):
            steps.filter(phase="x")

    def test_by_a_tie(self) -> None:
        """The gradient of a shared weight is found by the name of the tie, and by either end."""
        net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
        for label in ("w1", "w2"):
            net.connection(label).tie = "W"
        steps = ng.trace(net, [3.0, 1.0], [1.0])
        assert steps.find("W.gradient").value == (2.0 - 1.0) * (3.0 + 1.0)
        assert steps.find("i2->o1.gradient") == steps.find("w2.gradient")
        with pytest.raises(ng.UnknownNameError, match="no value of 'loss' is computed in this"):
            steps.find("loss")

    def test_beyond(self, steps: ng.Trace) -> None:
        """An event that does not exist is refused."""
        with pytest.raises(InvalidValueError, match="events 1 to 64, and 0 is its start"):
            steps.go_to(65)
        with pytest.raises(InvalidValueError, match="expected the number of an event or an"):
            steps.go_to(1.5)  # type: ignore[arg-type]

    def test_an_optimizer_that_does_not_exist(self, scenario: ng.Scenario) -> None:
        """The nearest is named."""
        with pytest.raises(ng.UnknownNameError, match=r"no optimizer 'adma'.*did you mean 'adam'"):
            ng.trace(scenario.network(), scenario.inputs, optimizer="adma")

    def test_as_messages(self, scenario: ng.Scenario) -> None:
        """What cannot be computed is refused as elsewhere, and the network stays as it was."""
        net = scenario.network()
        before = snapshot(net)
        with pytest.raises(InvalidValueError, match="an update needs targets"):
            ng.trace(net, scenario.inputs, learning_rate=0.5)
        with pytest.raises(InvalidValueError, match="learning_rate must be zero or more"):
            ng.trace(net, scenario.inputs, scenario.targets, -0.5)
        with pytest.raises(InvalidValueError):
            ng.trace(net, [1.0, 2.0, 3.0])
        with pytest.raises(InvalidTypeError):
            ng.trace(net, "text")
        assert snapshot(net) == before
