import { readdirSync, readFileSync } from 'node:fs'
import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Namespace, Secret, Service } from 'kubernetes-models/v1'
import t from 'tap'
import { parse } from 'yaml'
import { settings } from '../../src/config/settings.ts'
import { build } from '../helper.ts'
import { paths, withValue } from './paths.ts'

const FOLDER = 'deploy/kubernetes'
const kinds = [Deployment, HorizontalPodAutoscaler, Job, NetworkPolicy, PodDisruptionBudget]
const models = [...kinds, ConfigMap, Namespace, Secret, Service]

const read = (file: string) => parse(readFileSync(`${FOLDER}/${file}`, 'utf8'))
const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml')

/** Why the API of Kubernetes would not take it; undefined when it would. */
function refusal(manifest: { apiVersion: string; kind: string }): unknown {
  const model = models.find(
    ({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind
  )
  if (!model) return `${manifest.apiVersion} ${manifest.kind} is of no known kind`
  try {
    new model(manifest as never).validate()
    return undefined
  } catch (error) {
    return error
  }
}

for (const file of files) {
  t.test(`${file} is what the schema of its kind allows, and every field in it is known`, async (t) => {
    const manifest = read(file)
    t.equal(refusal(manifest), undefined)
    // The schemas let pass what they do not know: whatever it holds.
    for (const path of paths(manifest)) {
      const isKnown = [true, 'x', 12, {}, []].some((wrong) => refusal(withValue(manifest, path, wrong)))
      t.ok(isKnown, path.join('.'))
    }
  })
}

t.test('kustomize finds every file, but the form of the Secret', async (t) => {
  const { resources } = read('kustomization.yaml')
  t.strictSame([...resources, 'secret.example.yaml'].sort(), files.sort())
})

t.test('every setting in them is one of the service', async (t) => {
  const { data } = read('configmap.yaml')
  const { stringData } = read('secret.example.yaml')
  for (const name of [...Object.keys(data), ...Object.keys(stringData)]) t.ok(settings.has(name), name)
  for (const [name, value] of Object.entries(stringData)) t.equal(value, '', `${name} has no value`)
})

const [container] = read('deployment.yaml').spec.template.spec.containers

t.test('the probes ask addresses that the service has, at its port', async (t) => {
  const { app } = await build(t)
  const { http } = Object.fromEntries(
    container.ports.map(({ name, containerPort }: { name: string; containerPort: number }) => [
      name,
      containerPort
    ])
  )
  t.equal(String(http), read('configmap.yaml').data.PORT)
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    t.equal(probe.httpGet.port, 'http')
    t.equal((await app.inject(probe.httpGet.path)).statusCode, 200)
  }
  t.match(
    container,
    { livenessProbe: { httpGet: { path: '/health/live' } } },
    'a store that is away kills nobody'
  )
})

t.test('a pod has the time to answer what it has begun', async (t) => {
  const { terminationGracePeriodSeconds } = read('deployment.yaml').spec.template.spec
  const longest = Number(settings.get('HANDLER_TIMEOUT_MS')?.default) / 1_000
  const draining = Number(settings.get('DRAIN_SECONDS')?.default ?? 5)
  t.ok(terminationGracePeriodSeconds >= draining + longest + 10)
})

t.test('no container may write, become root or use a capability', async (t) => {
  for (const file of ['deployment.yaml', 'migrate.yaml']) {
    const { spec } = read(file).spec.template
    t.match(spec.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    for (const { securityContext } of spec.containers)
      t.match(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] }
      })
  }
})
