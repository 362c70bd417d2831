import { readdirSync, readFileSync } from 'node:fs'
import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Namespace, Secret, Service } from 'kubernetes-models/v1'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { settings } from '../../src/config/settings.ts'
import { build } from '../helper.ts'
import { paths, withValue } from './paths.ts'

const FOLDER = 'deploy/kubernetes'
const kinds = [Deployment, HorizontalPodAutoscaler, Job, NetworkPolicy, PodDisruptionBudget]
const models = [...kinds, ConfigMap, Namespace, Secret, Service]

const read = (file: string) => parse(readFileSync(`${FOLDER}/${file}`, 'utf8'))
const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml')

/** Why the Kubernetes API would refuse it; undefined if it would not. */
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
  t.test(`${file} is valid by the schema of its kind, and every field in it is known`, async (t) => {
    const manifest = read(file)
    t.equal(refusal(manifest), undefined)
    // The schemas accept unknown fields, whatever value they hold.
    for (const path of paths(manifest)) {
      const isKnown = [true, 'x', 12, {}, []].some((wrong) => refusal(withValue(manifest, path, wrong)))
      t.ok(isKnown, path.join('.'))
    }
  })
}

t.test('kustomization.yaml lists every file but the Secret template', async (t) => {
  const { resources } = read('kustomization.yaml')
  t.strictSame([...resources, 'secret.example.yaml'].sort(), files.sort())
})

t.test('every setting in the manifests is known, and no secret has a value', async (t) => {
  const { data } = read('configmap.yaml')
  const { stringData } = read('secret.example.yaml')
  for (const name of [...Object.keys(data), ...Object.keys(stringData)]) t.ok(settings.has(name), name)
  for (const [name, value] of Object.entries(stringData)) t.equal(value, '', `${name} has no value`)
})

const [container] = read('deployment.yaml').spec.template.spec.containers

t.test('the probes call routes of the service, on its port', async (t) => {
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
  t.match(container, { livenessProbe: { httpGet: { path: '/health/live' } } }, 'a store outage kills no pod')
})

t.test('a pod has time to finish the requests it has begun', async (t) => {
  const { terminationGracePeriodSeconds } = read('deployment.yaml').spec.template.spec
  const longest = Number(settings.get('HANDLER_TIMEOUT_MS')?.default) / 1_000
  const draining = Number(settings.get('DRAIN_SECONDS')?.default ?? 5)
  t.ok(terminationGracePeriodSeconds >= draining + longest + 10)
})

t.test('the probes outlast the slowest answers of docs/overload.md', async (t) => {
  const { livenessProbe, readinessProbe } = container
  t.match(livenessProbe, { timeoutSeconds: 10, failureThreshold: 6 })
  t.match(readinessProbe, { timeoutSeconds: 5, failureThreshold: 3 })
})

t.test('the Job has the settings of the service, and the time that a large table takes', async (t) => {
  const { activeDeadlineSeconds, template } = read('migrate.yaml').spec
  t.equal(activeDeadlineSeconds, undefined)
  t.match(template.spec.containers[0].envFrom, [
    { configMapRef: { name: read('configmap.yaml').metadata.name } }
  ])
})

t.test('deploy/README.md counts the connections of all pods that may run at once', async (t) => {
  const { maxReplicas } = read('autoscaler.yaml').spec
  const { maxSurge } = read('deployment.yaml').spec.strategy.rollingUpdate
  const surge = Math.ceil((maxReplicas * Number.parseInt(maxSurge, 10)) / 100)
  const poolMax = Number(settings.get('DATABASE_POOL_MAX')?.default)
  // Those that drain, too.
  const pods = maxReplicas + 2 * surge
  t.match(
    readFileSync('deploy/README.md', 'utf8'),
    `max_connections ≥ ${pods} × DATABASE_POOL_MAX + 20\`, ${pods * poolMax + 20} by default`
  )
})

t.test('the settings in the manifests start the service', async (t) => {
  const given = { DATABASE_URL: 'postgres://x/y', REDIS_URL: 'redis://x', ESKIZ_EMAIL: 'a@example.uz' }
  const secrets = { JWT_SECRET: 'j'.repeat(40), OTP_SECRET: 'o'.repeat(40), ESKIZ_PASSWORD: 'p' }
  t.doesNotThrow(() => loadConfig({ ...read('configmap.yaml').data, ...given, ...secrets }))
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
