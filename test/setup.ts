// Every test file starts with the best backend this machine has, as an app does.
import '@plumbline/runtime';
